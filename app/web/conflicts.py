"""Two people changed one order: the second sees both versions and decides; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from app.domain.errors import Stale
from app.domain.work_orders import Action
from app.queries.work_orders import OrderPage
from app.web.filters import day, figure, moment
from app.web.forms import OURS
from app.web.order_pages import order_page
from app.web.words import entered, label

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
ASSIGN = "assign"
# What a tap with an address of its own does to an order; every other has its action there.
TAPS = {
    "suggestions.into_window": Action.PLAN.value,
    "suggestions.both_into_window": Action.PLAN.value,
    "suggestions.into_service": Action.ABSORB.value,
}
# Sent again on purpose: not with what was seen before.
OLD = OURS | {"other_version"}

# What a form asks, as the page of both versions names it.
NAMES: dict[str, Any] = {
    "assignee_id": N_("Person"),
    "team_id": N_("Team"),
    "component_id": N_("Component"),
    "planned_start_at": N_("Planned start"),
    "estimated_hours": N_("Estimated hours"),
    "due_on": N_("Due"),
    "hold": N_("Waiting for"),
    "outcome": N_("Outcome"),
    "function": N_("Function"),
    "condition_found": N_("Condition found"),
    "failed_at": N_("Failed at"),
    "activity": N_("What was done"),
    "closing": N_("Finding"),
    "labour_hours": N_("Labour hours"),
    "downtime_hours": N_("Downtime hours"),
    "dismissal": N_("Reason"),
    "reason": N_("Reason"),
    "starts_at": N_("Stop window"),
    "quiet_days": N_("Quiet for days"),
    "snoozed_until": N_("Quiet until"),
    "note": N_("Note"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: as this person sent it, and as it stands now."""

    name: Any
    mine: Any
    theirs: Any


def both_shown(view: View) -> View:
    """When the order moved on since the form was drawn, show both versions instead of refusing."""

    @wraps(view)
    def guarded(work_order_id: int, **values: Any) -> ResponseReturnValue:
        try:
            return view(work_order_id=work_order_id, **values)
        except Stale as trouble:
            action = values.get("action", TAPS.get(request.endpoint or "", ASSIGN))
            return conflict_page(order_page(work_order_id), action, str(trouble)), 409

    return cast(View, guarded)


def conflict_page(page: OrderPage, action: str, sentence: str) -> str:
    """Theirs beside mine, and the choice between them."""
    return render_template(
        "work_orders/conflict.html",
        page=page,
        order=page.order,
        wanted=_("Assign") if action == ASSIGN else label(Action(action)),
        sentence=sentence,
        differences=_differences(page, _sent()),
        sent=_sent() | {"next": request.form.get("next", "")},
        is_possible=_is_possible(page, action),
    )


def _is_possible(page: OrderPage, action: str) -> bool:
    """Whether it can still be done; a tap accepts on the way what is planned into a window."""
    if action == ASSIGN:
        return page.may_assign
    is_accepted_first = action == Action.PLAN and request.endpoint in TAPS
    return Action(action) in page.actions or (is_accepted_first and Action.ACCEPT in page.actions)


def _sent() -> dict[str, str]:
    """The fields of the form; a blank assignment means nobody and is a choice too."""
    return {
        name: text
        for name, text in request.form.items()
        if name not in OLD and (text.strip() or name in ("assignee_id", "team_id"))
    }


def _differences(page: OrderPage, sent: Mapping[str, str]) -> list[Difference]:
    stands = _as_it_stands(page)
    return [
        Difference(NAMES[name], _in_words(page, name, text), stands.get(name, ""))
        for name, text in sent.items()
        if name in NAMES
    ]


def _in_words(page: OrderPage, name: str, text: str) -> str:
    lists = {"assignee_id": page.people, "team_id": page.teams, "component_id": page.components}
    if name in lists:
        return {str(row_id): known for row_id, known in lists[name]}.get(text, _("nobody"))
    if name == "closing":
        return text.replace("_", " ")
    return entered(name, text.replace("T", " ") if name.endswith("_at") else text)


def _as_it_stands(page: OrderPage) -> dict[str, Any]:
    order, found = page.order, page.finding
    stands: dict[str, Any] = {
        "assignee_id": order.assignee or _("nobody"),
        "team_id": order.team or _("nobody"),
        "component_id": order.component,
        "planned_start_at": moment(page.planned_start_at),
        "estimated_hours": page.estimated_hours and figure(page.estimated_hours, 2),
        "due_on": day(order.due_on),
        "hold": label(order.hold),
        "labour_hours": page.labour_hours and figure(page.labour_hours, 2),
        "downtime_hours": page.downtime_hours and figure(page.downtime_hours, 2),
        "snoozed_until": day(page.snoozed_until),
    }
    if found is not None:
        stands |= {
            "outcome": label(found.outcome),
            "function": label(found.function),
            "condition_found": label(found.condition_found),
            "component_id": found.component or order.component,
            "failed_at": moment(found.failed_at),
            "dismissal": label(found.dismissal),
            "note": found.note,
        }
    return stands
