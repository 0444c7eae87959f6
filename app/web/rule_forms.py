"""What the form of an order rule needs, whether it is a class's or a machine's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from app.inputs.order_rules import MOST_ORDERS_A_WEEK
from app.queries.order_rules import SETTINGS, ClassRule, MachineRule, RuleView
from app.web.filters import day
from app.web.forms import notice
from app.web.local_time import today, zone
from app.web.words.order_rules import BASES, HINTS, NAMES, STARTS, exact, said, share, span

DAYS = 24
# How far each slider reaches; a field takes more. Costs reach to a multiple of what they are.
REACHES: dict[str, tuple[float, float, float]] = {
    "risk_threshold": (0.01, 0.99, 0.01),
    "detection_share": (0.05, 1.0, 0.05),
    "lead_hours": (0, 14 * DAYS, 12),
    "cooldown_hours": (0, 28 * DAYS, 12),
    "weekly_budget": (0, 20, 1),
    "storm_share": (0.05, 1.0, 0.05),
}
COSTS = ("inspection_cost", "planned_cost", "unplanned_cost")
COST_REACH, COST_STEPS = 4, 100


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose rule a page is about, and where its pages are."""

    name: str
    detail: str
    edit: str
    update: str
    preview: str
    is_machine: bool


def whose(row: ClassRule | MachineRule) -> Whose:
    """The pages of a class's rule, or of a machine's."""
    if isinstance(row, MachineRule):
        return Whose(
            name=row.tag,
            detail=url_for("machine_rules.detail", equipment_id=row.equipment_id),
            edit=url_for("machine_rules.edit", equipment_id=row.equipment_id),
            update=url_for("machine_rules.update", equipment_id=row.equipment_id),
            preview=url_for("rule_previews.of_machine", equipment_id=row.equipment_id),
            is_machine=True,
        )
    return Whose(
        name=row.class_name,
        detail=url_for("order_rules.detail", class_id=row.class_id),
        edit=url_for("order_rules.edit", class_id=row.class_id),
        update=url_for("order_rules.update", class_id=row.class_id),
        preview=url_for("rule_previews.of_class", class_id=row.class_id),
        is_machine=False,
    )


def page(name: str, row: ClassRule | MachineRule | None = None, **more: Any) -> str:
    """Draw order_rules/*name*.html with the words of a rule."""
    return render_template(
        f"order_rules/{name}.html",
        row=row,
        whose=None if row is None else whose(row),
        names=NAMES,
        hints=HINTS,
        said=said,
        share=share,
        span=span,
        exact=exact,
        **more,
    )


def form(
    row: ClassRule | MachineRule,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> str:
    """The form of a rule, as it is in force or with what was typed."""
    return page(
        "form",
        row,
        given=as_typed(row) if given is None else given,
        errors=errors or {},
        most=MOST_ORDERS_A_WEEK,
        reaches=reaches(row.rule),
        bases=[(code.value, text) for code, text in BASES.items()],
        starts=[("true", STARTS[True]), ("false", STARTS[False])],
        today=today(),
        **more,
    )


def reaches(rule: RuleView) -> dict[str, tuple[float, float, float]]:
    """Field -> least, most and step of its slider."""
    costs = {name: _cost_reach(getattr(rule, name)) for name in COSTS}
    return REACHES | {name: found for name, found in costs.items() if found[1] > 0}


def as_typed(row: ClassRule | MachineRule) -> dict[str, str]:
    """The fields of the form for a rule as it stands."""
    values = {name: _typed(getattr(row.rule, name)) for name in SETTINGS}
    return values | {"version": _typed(row.version)}


def filled(sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent with every term named: a field left blank is refused, or it would silently
    become a default; no budget is a choice."""
    return dict.fromkeys(SETTINGS) | dict(sent)


def beginning_of(wanted: date | None) -> datetime | None:
    """The first moment of a day at the person's site; None for today: from now on."""
    if wanted is None or wanted == today():
        return None
    return datetime.combine(wanted, time.min, zone())


def tell_saved(effective_on: date | None) -> None:
    """Say on the next page from when a rule holds."""
    if beginning_of(effective_on) is None:
        notice(_("Order rule saved. It is in force from now on."))
    else:
        notice(_("Order rule saved. It comes into force on %(day)s.", day=day(effective_on)))


def _cost_reach(value: float) -> tuple[float, float, float]:
    """From nothing to a multiple of the cost, in at least COST_STEPS round steps."""
    most = COST_REACH * value
    if most <= 0:
        return 0.0, 0.0, 0.0
    return 0.0, most, 10.0 ** math.floor(math.log10(most / COST_STEPS))


def _typed(value: Any) -> str:
    """A value as its field shows it: exact, whole numbers without a point, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
