"""One suggestion with what speaks for it, and what a planner does with it beyond the moves of its
order: windows and services."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.contracts import asks, does
from app.api.order_answers import WorkOrderDetail, detail
from app.api.suggestion_answers import SuggestionDetail, suggestion_detail
from app.context import now
from app.domain.tokens import TokenScope
from app.inputs.suggestions import (
    AbsorbIntoService,
    PlanBothIntoWindow,
    PlanIntoWindow,
    PullForward,
)
from app.services import suggestions

blueprint = Blueprint("suggestions", __name__)


@blueprint.get("/work-orders/<id:work_order_id>/suggestion")
@needs(TokenScope.READ)
@asks(SuggestionDetail)
def show(session: Session, work_order_id: int) -> SuggestionDetail:
    """What speaks for and against a suggestion that is not begun, as on its page."""
    return suggestion_detail(session, work_order_id)


@blueprint.post("/work-orders/<id:work_order_id>/into-window")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=PlanIntoWindow, is_versioned=True)
def into_window(
    session: Session, work_order_id: int, body: PlanIntoWindow, version: int | None
) -> WorkOrderDetail:
    """Plan open work, or a suggestion that is accepted on the way, into a stop window."""
    suggestions.plan_into_window(
        session,
        work_order_id=work_order_id,
        plan=body,
        expected_version=version,
        now=now(),
        by=me(),
    )
    return detail(session, work_order_id)


@blueprint.post("/work-orders/<id:work_order_id>/both-into-window")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=PlanBothIntoWindow, is_versioned=True)
def both_into_window(
    session: Session, work_order_id: int, body: PlanBothIntoWindow, version: int | None
) -> WorkOrderDetail:
    """Plan an order and other open work of its machine or line into one stop window."""
    suggestions.plan_both_into_window(
        session,
        work_order_id=work_order_id,
        plan=body,
        expected_version=version,
        now=now(),
        by=me(),
    )
    return detail(session, work_order_id)


@blueprint.post("/work-orders/<id:work_order_id>/into-service")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=AbsorbIntoService, is_versioned=True)
def into_service(
    session: Session, work_order_id: int, body: AbsorbIntoService, version: int | None
) -> WorkOrderDetail:
    """Raise a service's next order now and let it include a suggestion; answers that order."""
    host = suggestions.absorb_into_service(
        session,
        work_order_id=work_order_id,
        absorption=body,
        expected_version=version,
        now=now(),
        by=me(),
    )
    return detail(session, host)


@blueprint.post("/schedules/<id:schedule_id>/pull-forward")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=PullForward, is_versioned=True)
def pull_forward(
    session: Session, schedule_id: int, body: PullForward, version: int | None
) -> WorkOrderDetail:
    """Raise a service's next order now, due already on a day or planned for a start."""
    made = suggestions.pull_forward(
        session, schedule_id=schedule_id, pull=body, expected_version=version, now=now(), by=me()
    )
    return detail(session, made)
