"""Every move of a work order: the form of those that need words, and the move itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as N_

from app.context import database, now
from app.domain.roles import Capability
from app.domain.work_orders import Action
from app.services import work_orders
from app.web import closings, snoozing
from app.web.access import needs
from app.web.auth import me
from app.web.conflicts import both_shown
from app.web.forms import back_to, form_data, notice, redrawn_by, seen_version
from app.web.order_pages import hosts, order_page
from app.web.words import has_form, label
from app.web.words.dismissals import CONSEQUENCES

blueprint = Blueprint("order_actions", __name__, url_prefix="/work-orders")

DONE = {
    Action.ACCEPT: N_("Accepted."),
    Action.PLAN: N_("Planned."),
    Action.TAKE: N_("It is yours. Work has started."),
    Action.START: N_("Work has started."),
    Action.HOLD: N_("Put on hold."),
    Action.RESUME: N_("Work goes on."),
    Action.COMPLETE: N_("Done. What you found was recorded."),
    Action.UNDO: N_("The completion was taken back."),
    Action.CLOSE: N_("Closed."),
    Action.REWORK: N_("Sent back to work."),
    Action.CANCEL: N_("Cancelled."),
    Action.DISMISS: N_("Dismissed. The reason is kept for the next nights."),
    Action.SNOOZE: N_("Put off. It comes back into the inbox on that day."),
    Action.ABSORB: N_("Joined. What is found on the other order answers the suggestion."),
    Action.INSPECT: N_("Somebody looks first. The suggestion waits for the answer."),
}
MOMENTS = ("planned_start_at", "failed_at")
# How the fields of a form become those of its input, where they are not the same.
READINGS: dict[Action, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    Action.COMPLETE: closings.spread,
    Action.DISMISS: snoozing.with_day,
    Action.SNOOZE: snoozing.with_day,
}


@blueprint.get("/<int:work_order_id>/<action>")
@needs(Capability.WORK)
def form(work_order_id: int, action: str) -> ResponseReturnValue:
    """The form of a move that needs words; the others have none."""
    if action not in set(Action) or not has_form(Action(action)):
        abort(404)
    return form_page(work_order_id, action)


def form_page(
    work_order_id: int,
    action: str,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a move with what was typed."""
    page = order_page(work_order_id)
    return render_template(
        "work_orders/act.html",
        page=page,
        order=page.order,
        action=Action(action),
        is_possible=Action(action) in page.actions,
        closings=closings.closings(page.order),
        picks=closings.picks(page.order),
        asks_where=closings.asks_where(page.order),
        inspected=[(code.value, text) for code, text in closings.INSPECTED_OUTCOMES],
        usual=closings.usual_activities(),
        consequences=[(code.value, label(code), text) for code, text in CONSEQUENCES.items()],
        quiet=snoozing.DISMISSED_FOR,
        decide_in=snoozing.DECIDE_IN,
        hosts=hosts(work_order_id) if action == Action.ABSORB else (),
        back=(given or request.args).get("next", ""),
        given=given or {},
        errors=errors or {},
    )


@blueprint.post("/<int:work_order_id>/<action>")
@needs(Capability.WORK)
@redrawn_by(form_page)
@both_shown
def act(work_order_id: int, action: str) -> ResponseReturnValue:
    """Move the order; the deed says whether this person may."""
    if action not in set(Action):
        abort(404)
    done = Action(action)
    read = READINGS.get(done, dict)
    with database().transaction() as session:
        work_orders.act(
            session,
            action=done,
            work_order_id=work_order_id,
            data=read(form_data(moments=MOMENTS)),
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    undo = url_for(".act", work_order_id=work_order_id, action=Action.UNDO.value)
    notice(str(DONE[done]), undo=undo if done is Action.COMPLETE else None)
    return redirect(back_to("work_orders.detail", work_order_id=work_order_id), 303)
