"""The words of an order rule: what each of its terms is called, what it does, and its values."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from app.domain.previews import Fate
from app.domain.risk import Basis
from app.web.filters import DAY_HOURS, MINUTE, count, figure, hours

NAMES = {
    "basis": N_("Threshold from"),
    "risk_threshold": N_("Plain risk threshold"),
    "inspection_cost": N_("Inspection"),
    "planned_cost": N_("Planned repair"),
    "unplanned_cost": N_("Unplanned failure"),
    "detection_share": N_("Share found"),
    "life_value": N_("Life given up"),
    "lead_hours": N_("Lead"),
    "review_hours": N_("Review"),
    "horizon_hours": N_("Horizon"),
    "cooldown_hours": N_("Cooldown"),
    "weekly_budget": N_("New orders per crew and week"),
    "storm_share": N_("Storm limit"),
    "approve_first": N_("New orders"),
}
HINTS = {
    "basis": N_("Costs: the threshold is worked out by the formula above. Or set it yourself."),
    "risk_threshold": N_("An order from this risk on. 0.5 is 50 %."),
    "inspection_cost": N_("To go and look, whatever is found."),
    "planned_cost": N_("A repair in good time, the look included."),
    "unplanned_cost": N_("A failure with all it brings: stop, repair, damage."),
    "detection_share": N_("How many coming failures an inspection finds: 0.8 is 8 of 10."),
    "life_value": N_(
        "What a part would still have been worth, where it is replaced without looking first."
        " 0 when somebody looks first."
    ),
    "lead_hours": N_("What the crew needs between order and repair. A later order is too late."),
    "review_hours": N_("How often it is decided anew; 24 is every night."),
    "horizon_hours": N_("How far ahead an order looks: a failure within it proves it useful."),
    "cooldown_hours": N_("Quiet for so long after work or a dismissal."),
    "weekly_budget": N_(
        "The highest savings first, the rest waits. Orders of other classes count too."
        " Blank: no limit. 0: none."
    ),
    "storm_share": N_(
        "New orders for more than this share of the machines in one night wait for a planner's"
        " word: the cause is then more likely a sensor than the machines. 0.5 is half of them."
    ),
    "approve_first": N_("Whether a new order waits for a planner to accept it."),
}
BASES = {Basis.COSTS: N_("Costs"), Basis.THRESHOLD: N_("A plain risk threshold")}
STARTS = {True: N_("Approve first"), False: N_("Automatic")}
FATES = {
    Fate.FAILED: N_("Useful: it failed"),
    Fate.CONFIRMED: N_("Useful: fault found"),
    Fate.LATE: N_("Too late"),
    Fate.VAIN: N_("Not useful"),
    Fate.CUT: N_("Nobody can tell"),
    Fate.OPEN: N_("Still open"),
}
MINUS = "\N{MINUS SIGN}"
SMALLEST_SHARE = 0.0005  # what would be printed as 0.0 %


def share(value: float) -> str:
    """A share with one decimal, halves rounded up as people do: 6.3 %."""
    if 0 < value < SMALLEST_SHARE:
        return _("below %(num)s %%", num=figure(100 * SMALLEST_SHARE * 2, 1))
    shown = Decimal(repr(100 * value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _("%(num)s %%", num=figure(float(shown), 1))


def exact(value: float) -> str:
    """A number as it was entered, to the fourth decimal."""
    return figure(value, 4)


def span(value: float) -> str:
    """A length of time given in hours, never rounded: 10 min, 60 h, 3 days."""
    if value % 1:
        return _("%(num)s min", num=exact(value * MINUTE))
    return hours(value) if value % DAY_HOURS == 0 else _("%(num)s h", num=count(value))


def signed(value: int) -> str:
    """A difference with its sign: +2, 0."""
    sign = {True: "+", False: MINUS}[value > 0] if value else ""
    return f"{sign}{count(abs(value))}"


def said(name: str, value: Any) -> str:
    """The value of a setting in words."""
    return str(SAYS[name](value))


SAYS: dict[str, Callable[[Any], Any]] = {
    "basis": BASES.__getitem__,
    "risk_threshold": share,
    "inspection_cost": exact,
    "planned_cost": exact,
    "unplanned_cost": exact,
    "detection_share": exact,
    "life_value": exact,
    "lead_hours": span,
    "review_hours": span,
    "horizon_hours": span,
    "cooldown_hours": span,
    "weekly_budget": lambda value: _("no limit") if value is None else count(value),
    "storm_share": share,
    "approve_first": STARTS.__getitem__,
}
