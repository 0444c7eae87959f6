"""What changes an order without moving it: who does it, and notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.places import Team
from app.db.users import AppUser
from app.db.work_orders import WorkOrder
from app.domain.errors import NotAllowed, RuleBroken
from app.domain.roles import Actor, Capability
from app.domain.work_orders import FINISHED, words
from app.inputs.work_orders import AssignWorkOrder, CommentWorkOrder
from app.services.work_orders.ledger import find, remember
from app.services.work_orders.raising import check_people

ASSIGNED = "assigned"
COMMENTED = "commented"


def assign(
    session: Session,
    *,
    work_order_id: int,
    assignment: AssignWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """A planner says whose job it is; only what was sent changes."""
    order = find(session, work_order_id=work_order_id, expected_version=expected_version, by=by)
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can assign work orders.")
    if order.state in FINISHED:
        raise RuleBroken(f"A work order that is {words(order.state)} cannot be assigned.")
    site_id = session.get_one(Equipment, order.equipment_id).site_id
    check_people(session, site_id, assignment.assignee_id, assignment.team_id)
    changes = {}
    for name in sorted(assignment.model_fields_set):
        changes[name] = [getattr(order, name), getattr(assignment, name)]
        setattr(order, name, getattr(assignment, name))
    session.flush()
    whom = _whom(session, order)
    remember(session, order, ASSIGNED, was=order.state, note=whom, changes=changes, now=now, by=by)


def _whom(session: Session, order: WorkOrder) -> str:
    """To whom, in words: the person, else the team, else nobody."""
    person = None if order.assignee_id is None else session.get_one(AppUser, order.assignee_id)
    team = None if order.team_id is None else session.get_one(Team, order.team_id)
    names = [
        "nobody in particular" if person is None else person.display_name or person.name,
        *([] if team is None else [f"team {team.name}"]),
    ]
    return f"To {', '.join(names)}."


def comment(
    session: Session, *, work_order_id: int, comment: CommentWorkOrder, now: datetime, by: Actor
) -> None:
    """Add a note; whoever works at the site may, and nobody's edit is disturbed by it."""
    order = find(session, work_order_id=work_order_id, expected_version=None, by=by)
    if not by.may(Capability.WORK):
        raise NotAllowed("Viewers cannot change work orders.")
    remember(session, order, COMMENTED, was=order.state, note=comment.note, now=now, by=by)
