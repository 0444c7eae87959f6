"""What a planner does with a suggestion beyond its own order, in one tap: windows and services."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.suggestions import (
    AbsorbIntoService,
    PlanBothIntoWindow,
    PlanIntoWindow,
    PullForward,
)
from app.services import suggestions
from app.web.access import needs
from app.web.auth import me
from app.web.conflicts import both_shown
from app.web.forms import back_to, form_data, notice, redrawn_by, seen_version
from app.web.work_orders import detail_page

blueprint = Blueprint("suggestions", __name__)


@blueprint.post("/work-orders/<int:work_order_id>/into-window")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
@both_shown
def into_window(work_order_id: int) -> ResponseReturnValue:
    """Plan the work into a stop window, accepted on the way."""
    plan = PlanIntoWindow.parse(form_data())
    with database().transaction() as session:
        suggestions.plan_into_window(
            session,
            work_order_id=work_order_id,
            plan=plan,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Planned into the window."))
    return redirect(back_to("work_orders.detail", work_order_id=work_order_id), 303)


@blueprint.post("/work-orders/<int:work_order_id>/both-into-window")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
@both_shown
def both_into_window(work_order_id: int) -> ResponseReturnValue:
    """Plan the work and other open work of its machine or line into one stop window."""
    plan = PlanBothIntoWindow.parse(form_data())
    with database().transaction() as session:
        suggestions.plan_both_into_window(
            session,
            work_order_id=work_order_id,
            plan=plan,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Both are planned into the window."))
    return redirect(back_to("work_orders.detail", work_order_id=work_order_id), 303)


@blueprint.post("/work-orders/<int:work_order_id>/into-service")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
@both_shown
def into_service(work_order_id: int) -> ResponseReturnValue:
    """Raise a service's next order now, and let it include the suggestion's work."""
    absorption = AbsorbIntoService.parse(form_data())
    with database().transaction() as session:
        host = suggestions.absorb_into_service(
            session,
            work_order_id=work_order_id,
            absorption=absorption,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Joined to the service. What is found there answers the suggestion."))
    return redirect(url_for("work_orders.detail", work_order_id=host), 303)


@blueprint.post("/schedules/<int:schedule_id>/pull-forward")
@needs(Capability.PLAN)
def pull_forward(schedule_id: int) -> ResponseReturnValue:
    """Bring a service forward to a day or into a window."""
    pull = PullForward.parse(form_data(moments=("starts_at",)))
    with database().transaction() as session:
        made = suggestions.pull_forward(
            session,
            schedule_id=schedule_id,
            pull=pull,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Pulled forward: its order is raised."))
    return redirect(back_to("work_orders.detail", work_order_id=made), 303)
