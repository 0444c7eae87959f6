"""How work is closed with one tap: the commonest findings of each sort of order, ready made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.activities import Activity
from app.domain.errors import InvalidInput
from app.domain.work_orders import Condition, Function, OrderType, Outcome, Source
from app.queries.work_orders import OrderRow
from app.web.words import label

FIELD = "closing"


@dataclass(frozen=True, slots=True)
class Closing:
    """One button that finishes the work: its words, and what it fills in."""

    code: str
    text: Any
    found: Mapping[str, str]


def _closing(
    code: str,
    text: Any,
    condition: Condition,
    activity: Activity | None = None,
    function: Function | None = None,
    outcome: Outcome | None = None,
) -> Closing:
    given = {
        "condition_found": condition,
        "activity": activity,
        "function": function,
        "outcome": outcome,
    }
    return Closing(code, text, {name: value.value for name, value in given.items() if value})


PREDICTIVE = (
    _closing(
        "as_predicted_replaced",
        _("As predicted: part replaced"),
        Condition.DEGRADED,
        Activity.REPLACE,
        Function.DEGRADED,
        Outcome.FAULT_AS_PREDICTED,
    ),
    _closing(
        "as_predicted_repaired",
        _("As predicted: repaired"),
        Condition.DEGRADED,
        Activity.REPAIR,
        Function.DEGRADED,
        Outcome.FAULT_AS_PREDICTED,
    ),
    _closing(
        "nothing_found",
        _("Nothing found"),
        Condition.GOOD,
        Activity.CHECK,
        Function.NONE,
        Outcome.NOTHING_FOUND,
    ),
)
INSPECTED = (
    _closing(
        "nothing_seen",
        _("Nothing found"),
        Condition.GOOD,
        Activity.CHECK,
        Function.NONE,
        Outcome.NOTHING_FOUND,
    ),
    _closing(
        "fault_repaired",
        _("Fault found: repaired"),
        Condition.DEGRADED,
        Activity.REPAIR,
        Function.DEGRADED,
        Outcome.OTHER_FAULT,
    ),
    _closing(
        "fault_replaced",
        _("Fault found: part replaced"),
        Condition.DEGRADED,
        Activity.REPLACE,
        Function.DEGRADED,
        Outcome.OTHER_FAULT,
    ),
)
CORRECTIVE = (
    _closing(
        "lost_repaired", _("Had failed: repaired"), Condition.FAILED, Activity.REPAIR, Function.LOST
    ),
    _closing(
        "lost_replaced",
        _("Had failed: part replaced"),
        Condition.FAILED,
        Activity.REPLACE,
        Function.LOST,
    ),
    _closing(
        "worse_repaired",
        _("Ran badly: repaired"),
        Condition.DEGRADED,
        Activity.REPAIR,
        Function.DEGRADED,
    ),
    _closing("no_fault", _("No fault found"), Condition.GOOD, Activity.CHECK, Function.NONE),
)
# Any other work: how the part looked says it all.
LOOKED = tuple(
    _closing(f"looked_{code.value}", label_of, code)
    for code, label_of in (
        (Condition.GOOD, _("Good")),
        (Condition.WORN, _("Worn")),
        (Condition.DEGRADED, _("Degraded")),
        (Condition.FAILED, _("Failed")),
    )
)
_BY_CODE = {each.code: each for each in (*PREDICTIVE, *INSPECTED, *CORRECTIVE, *LOOKED)}

# What is asked besides, in the open: at most three picks. The rest can be unfolded.
PICKS: dict[OrderType, tuple[str, ...]] = {
    OrderType.PREDICTIVE: ("outcome", "function", "activity"),
    OrderType.CORRECTIVE: ("function", "activity", "condition_found"),
    OrderType.PREVENTIVE: ("activity",),
}
# A suggested inspection predicted nothing: what it found says so in its own words.
INSPECTED_PICKS = ("outcome", "component", "condition_found")
INSPECTED_OUTCOMES = (
    (Outcome.NOTHING_FOUND, _("Nothing found")),
    (Outcome.OTHER_FAULT, _("Fault found")),
    (Outcome.NOTHING_FOUND_REPLACED, _("Nothing found, part replaced")),
    (Outcome.NOT_INSPECTED, _("Not inspected")),
)
USUAL = (
    Activity.REPLACE,
    Activity.REPAIR,
    Activity.ADJUST,
    Activity.SERVICE,
    Activity.CHECK,
)


def closings(order: OrderRow) -> tuple[Closing, ...]:
    """The buttons that finish this order with one tap."""
    if order.source is Source.DEVIATION:
        return INSPECTED
    if _looks_for_a_prediction(order):
        return PREDICTIVE
    return {OrderType.PREDICTIVE: PREDICTIVE, OrderType.CORRECTIVE: CORRECTIVE}.get(
        order.type, LOOKED
    )


def picks(order: OrderRow) -> tuple[str, ...]:
    """What else is asked in the open."""
    if order.source is Source.DEVIATION:
        return INSPECTED_PICKS
    if _looks_for_a_prediction(order):
        return PICKS[OrderType.PREDICTIVE]
    return PICKS.get(order.type, ())


def asks_where(order: OrderRow) -> bool:
    """Whether the part is not known yet and what was done would count for the whole machine."""
    return order.component is None and order.type in (OrderType.CORRECTIVE, OrderType.PREVENTIVE)


def _looks_for_a_prediction(order: OrderRow) -> bool:
    """An inspection that was asked for before deciding on a suggestion answers it."""
    return order.type is OrderType.INSPECTION and order.source is Source.PREDICTION


def usual_activities() -> list[tuple[str, str]]:
    """What is mostly done, for a form."""
    return [(code.value, label(code)) for code in USUAL]


def spread(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form with its one-tap button spelt out; the button has the last word."""
    given = dict(data)
    code = given.pop(FIELD, None)
    if code is None:
        return given
    if code not in _BY_CODE:
        raise InvalidInput({FIELD: "is not one of the choices"})
    return given | dict(_BY_CODE[code].found)
