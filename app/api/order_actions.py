"""Every move of a work order, each at its own address with its own body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.contracts import does
from app.api.order_answers import WorkOrderDetail, detail
from app.context import now
from app.domain.tokens import TokenScope
from app.domain.work_orders import Action
from app.inputs.work_orders import INPUTS
from app.services import work_orders

blueprint = Blueprint("order_actions", __name__, url_prefix="/work-orders")

SUMMARIES = {
    Action.ACCEPT: "Accept a request or a suggestion: it becomes open work.",
    Action.PLAN: "Say when, how long and who.",
    Action.TAKE: "Take it oneself; a token is nobody, so this is always refused.",
    Action.START: "Start; somebody must be assigned.",
    Action.HOLD: "Put the work on hold.",
    Action.RESUME: "Go on after a hold.",
    Action.COMPLETE: "The work is done: what was found teaches the next nights.",
    Action.UNDO: "Take a completion back, for half an hour.",
    Action.CLOSE: "Reviewed; nothing changes any more.",
    Action.REWORK: "Send completed work back.",
    Action.CANCEL: "It will not be done.",
    Action.SNOOZE: "Decide later: it stays requested and is asked about again then.",
    Action.ABSORB: "Let an open order of the machine include a suggestion's work.",
    Action.INSPECT: "Have somebody look first; the suggestion waits for the answer.",
    Action.DISMISS: "Do not follow a suggestion, for a reason the next nights respect.",
}


def _same(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """The deed reads the body by the action's own input."""
    return sent


def _view(action: Action) -> Callable[..., Any]:
    @needs(TokenScope.WRITE)
    @does(WorkOrderDetail, body=INPUTS[action], parse=_same, is_versioned=True)
    def act(
        session: Session, work_order_id: int, body: Mapping[str, Any], version: int | None
    ) -> WorkOrderDetail:
        work_orders.act(
            session,
            action=action,
            work_order_id=work_order_id,
            data=body,
            expected_version=version,
            now=now(),
            by=me(),
        )
        return detail(session, work_order_id)

    act.__doc__ = SUMMARIES[action]
    return act


for _action in Action:
    blueprint.add_url_rule(
        f"/<id:work_order_id>/{_action.value}",
        endpoint=_action.value,
        view_func=_view(_action),
        methods=["POST"],
    )
