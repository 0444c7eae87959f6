"""What a planner is told when a machine does not come back from work as healthy as it was."""

from __future__ import annotations

from models.health import day_text
from models.normals import Refused
from models.samples import Sample
from models.spec import ClassSpec, RoleSpec


def repair_notes(sample: Sample, spec: ClassSpec) -> tuple[str, ...]:
    """Return one sentence per role whose normal since the newest renewal was not accepted, in the
    order of the spec; empty when nothing is to be checked."""
    told = ((role, sample.now[role.code].repair) for role in spec.roles)
    return tuple(repair_sentence(role, spec, said) for role, said in told if said is not None)


def repair_sentence(role: RoleSpec, spec: ClassSpec, refused: Refused) -> str:
    """Say what to check: "Check the repair: vibration 4.1 mm/s since the overhaul of 3 Dec 2026,
    normal 2.1 +- 0.4." """
    day, part = day_text(refused.renewed_at), spec.mode_name(role.component)
    since = f"the overhaul of {day}" if refused.is_overhaul else f"{part} was renewed on {day}"
    value = " ".join([f"{refused.value:.4g}", *([role.unit] if role.unit else [])])
    return (
        f"Check the repair: {role.name} {value} since {since}, "
        f"normal {refused.center:.4g} +- {refused.spread:.2g}."
    )
