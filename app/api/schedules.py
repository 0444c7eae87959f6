"""Preventive schedules."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing
from app.api.contracts import asks
from app.api.plant_time import today
from app.domain.tokens import TokenScope
from app.inputs.base import Input
from app.queries import schedules as questions
from app.queries.schedules import ScheduleRow

blueprint = Blueprint("schedules", __name__, url_prefix="/schedules")


class ScheduleQuery(Input):
    """Which schedules: those of one machine, by its id; only the active ones."""

    equipment: int | None = None
    active: bool = False


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[ScheduleRow], query=ScheduleQuery)
def index(session: Session, query: ScheduleQuery) -> Listing[ScheduleRow]:
    """Schedules, the next due first, each with the reason for its date; all on one page."""
    found = questions.schedules(
        session,
        scope=me().scope,
        today=today(session),
        equipment_id=query.equipment,
        active_only=query.active,
    )
    return Listing(found, None)
