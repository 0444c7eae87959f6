"""Is a machine unlike itself, while its sister machines are not? Judged for a whole class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.health import HealthSeries, RoleNormal, day_text, has_normal, missing_normal
from models.limits import SMOOTHED_US, Limit, excursion, own_limit, smoothed
from models.sisters import Sisters, sisters_of
from models.spec import DAY_US, ClassSpec, RoleSpec

Floats = NDArray[np.float64]

AT_NORMAL = 1.0  # spreads within which sister machines are said to be at their normal


@dataclass(frozen=True, slots=True)
class RoleDeviation:
    """One role, median of the last days. `deviation`, `sisters` (median of theirs) and `limit` in
    spreads of the own normal; `score` in limits, what the sisters share taken out. None = unknown.
    """

    role: str
    name: str
    unit: str
    value: float | None
    normal: float | None
    spread: float | None
    deviation: float | None
    sisters: float | None
    sister_count: int
    limit: float | None
    score: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Health:
    """One machine against its own normal. `score` 1.0 = at its limit; None = unknown, `reason`
    says what is missing. `threshold` is the limit of the furthest role in spreads, `since` the
    first row of the excursion that still goes on, `roles` has the furthest first."""

    tag: str
    as_of: int
    score: float | None
    threshold: float | None
    is_deviating: bool
    since: int | None
    alarms_per_year: float | None
    roles: tuple[RoleDeviation, ...]
    reason: str


def judge(series: Mapping[str, HealthSeries], spec: ClassSpec) -> dict[str, Health]:
    """Return the health of every machine of one class, by tag.

    1. Take out what at least three sister machines share on the same day (season, load).
    2. Take the median of three days, so that one bad day calls nobody.
    3. Compare with the machine's own limit: at most two calls a year on its healthy history.
    """
    machines = list(series.values())
    if not machines:
        return {}
    told = zip(machines, sisters_of(machines), strict=True)
    return {machine.tag: _judged(machine, sisters, spec) for machine, sisters in told}


def _judged(machine: HealthSeries, sisters: Sisters, spec: ClassSpec) -> Health:
    apart = smoothed(sisters.taken_out_of(machine.deviation), machine.lives, spec)
    limit = own_limit(machine, apart, spec)
    roles = _roles(machine, sisters, apart, limit, spec)
    reason = _unknown(machine, limit, spec)
    if reason:
        return Health(machine.tag, machine.as_of, None, None, False, None, None, roles, reason)
    began = excursion(machine, limit)
    return Health(
        tag=machine.tag,
        as_of=machine.as_of,
        score=float(limit.distance[-1]) / limit.factor,
        threshold=roles[0].limit,
        is_deviating=began is not None,
        since=None if began is None else int(machine.at[began]),
        alarms_per_year=limit.alarms_per_year,
        roles=roles,
        reason="",
    )


def _unknown(machine: HealthSeries, limit: Limit, spec: ClassSpec) -> str:
    """Say why there is no score tonight; empty when there is one."""
    if not has_normal(machine.normals):
        return missing_normal(machine.normals, spec, machine.as_of)
    if machine.standing_since is not None:
        return f"It has stood still since {day_text(machine.standing_since)}."
    if not np.isfinite(limit.distance[-1]):
        days = SMOOTHED_US // DAY_US
        if machine.lives[-1] and machine.as_of - machine.ended_at[-1] <= SMOOTHED_US + DAY_US:
            worked = day_text(int(machine.ended_at[-1]))
            return f"Too little time since the failure or work of {worked} to tell its new state."
        return f"Too few readings in the last {days} days to compare with its own normal."
    return ""


# --- role by role


def _roles(
    machine: HealthSeries, sisters: Sisters, apart: Floats, limit: Limit, spec: ClassSpec
) -> tuple[RoleDeviation, ...]:
    both = (machine.deviation, sisters.median)
    own, theirs = (smoothed(rows, machine.lives, spec)[-1] for rows in both)
    named = {role.code: role for role in spec.roles}
    told = [
        _role(
            named[normal.code],
            normal,
            deviation=_known(own[k]),
            sisters=_known(theirs[k]),
            sister_count=int(sisters.count[-1, k]),
            limit=limit.factor * float(limit.scale[k]),
            apart=_known(apart[-1, k]),
        )
        for k, normal in enumerate(machine.normals)
    ]
    return tuple(sorted(told, key=lambda role: 0.0 if role.score is None else -role.score))


def _role(
    role: RoleSpec,
    normal: RoleNormal,
    *,
    deviation: float | None,
    sisters: float | None,
    sister_count: int,
    limit: float,
    apart: float | None,
) -> RoleDeviation:
    value = normal.value
    if deviation is not None and normal.center is not None and normal.spread is not None:
        value = normal.center + deviation * normal.spread
    return RoleDeviation(
        role=role.code,
        name=role.name,
        unit=role.unit,
        value=value,
        normal=normal.center,
        spread=normal.spread,
        deviation=deviation,
        sisters=sisters,
        sister_count=sister_count,
        limit=limit if normal.is_known else None,
        score=None if apart is None else abs(apart) / limit,
        sentence=_sentence(role, value, normal, deviation, sisters, sister_count),
    )


def _sentence(
    role: RoleSpec,
    value: float | None,
    normal: RoleNormal,
    deviation: float | None,
    sisters: float | None,
    count: int,
) -> str:
    words = f"{role.name} unknown now"
    if value is not None:
        words = f"{role.name} {value:.4g} {role.unit}".strip()
    if normal.center is None or normal.spread is None:
        return f"{words}, its normal is not known yet"
    words += f", normal {normal.center:.4g} +- {normal.spread:.2g}"
    if sisters is None or deviation is None:
        return words
    return f"{words}; {_of_sisters(deviation, sisters, count)}"


def _of_sisters(deviation: float, sisters: float, count: int) -> str:
    if abs(sisters) < AT_NORMAL:
        return f"{count} sister machines at their normal"
    side = "above" if sisters > 0 else "below"
    too = ", too" if deviation * sisters > 0 else ""
    return f"{count} sister machines {side} their normal{too}"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
