"""Every move of a work order: the form of those that need words, and the move itself."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as N_

from app.context import database, now
from app.domain.activities import Activity
from app.domain.roles import Capability
from app.domain.work_orders import Action, OrderType
from app.services import work_orders
from app.web.access import needs
from app.web.auth import me
from app.web.forms import back_to, form_data, notice, redrawn_by, seen_version
from app.web.words import has_form, label
from app.web.work_orders import order_page

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
}
MOMENTS = ("planned_start_at", "failed_at", "snoozed_until")

# What is asked in the open when work is done: at most three picks. The rest can be unfolded.
PICKS: dict[OrderType, tuple[str, ...]] = {
    OrderType.PREDICTIVE: ("outcome", "function", "activity"),
    OrderType.CORRECTIVE: ("function", "activity", "condition_found"),
    OrderType.PREVENTIVE: ("condition_found", "activity"),
}
FEW_PICKS = ("condition_found",)
USUAL = (
    Activity.REPLACE,
    Activity.REPAIR,
    Activity.ADJUST,
    Activity.SERVICE,
    Activity.CHECK,
)


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
        picks=PICKS.get(page.order.type, FEW_PICKS),
        usual=[(code.value, label(code)) for code in USUAL],
        given=given or {},
        errors=errors or {},
    )


@blueprint.post("/<int:work_order_id>/<action>")
@needs(Capability.WORK)
@redrawn_by(form_page)
def act(work_order_id: int, action: str) -> ResponseReturnValue:
    """Move the order; the deed says whether this person may."""
    if action not in set(Action):
        abort(404)
    with database().transaction() as session:
        work_orders.act(
            session,
            action=Action(action),
            work_order_id=work_order_id,
            data=form_data(moments=MOMENTS),
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(str(DONE[Action(action)]))
    return redirect(back_to("work_orders.detail", work_order_id=work_order_id), 303)
