"""New orders by hand: planned work, a technician's request, a breakdown now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Team
from app.db.users import AppUser
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken
from app.domain.roles import Actor, Capability
from app.domain.work_orders import OrderType, Priority, Source, State
from app.inputs.work_orders import RaiseWorkOrder, ReportBreakdown
from app.services.work_orders.ledger import write_new


def raise_order(session: Session, *, order: RaiseWorkOrder, now: datetime, by: Actor) -> int:
    """Return the id of a new order.

    A planner's order is open at once; a technician's is a request that a planner accepts.
    Raise NotAllowed for a viewer, NotFound for a machine of another site, InvalidInput for a
    component, team or assignee that does not belong to it.
    """
    machine = _machine(session, order.equipment_id, by)
    check_people(session, machine.site_id, order.assignee_id, order.team_id)
    is_request = not by.may(Capability.PLAN)
    row = WorkOrder(
        equipment_id=machine.id,
        component_id=order.component_id,
        mode=mode_of(session, machine, order.component_id),
        type=order.type,
        source=Source.REQUEST if is_request else Source.PERSON,
        state=State.REQUESTED if is_request else State.OPEN,
        priority=order.priority,
        title=order.title,
        description=order.description,
        team_id=order.team_id or machine.team_id,
        assignee_id=order.assignee_id,
        due_on=order.due_on,
        estimated_hours=order.estimated_hours,
    )
    return write_new(session, row, now=now, by=by).id


def breakdown(session: Session, *, report: ReportBreakdown, now: datetime, by: Actor) -> int:
    """Return the id of an order that is in progress at once: urgent, a break-in, the reporter's."""
    machine = _machine(session, report.equipment_id, by)
    if by.id is None:
        raise RuleBroken("A breakdown is reported by the person who works on it.")
    row = WorkOrder(
        equipment_id=machine.id,
        component_id=report.component_id,
        mode=mode_of(session, machine, report.component_id),
        type=OrderType.CORRECTIVE,
        source=Source.PERSON,
        state=State.IN_PROGRESS,
        priority=Priority.URGENT,
        title=report.title,
        description=report.description,
        team_id=by.team_id or machine.team_id,
        assignee_id=by.id,
        started_at=now,
        is_break_in=True,
    )
    return write_new(session, row, now=now, by=by, note="Breakdown now").id


def mode_of(session: Session, machine: Equipment, component_id: int | None) -> str:
    """The component's code, which names the failure mode; raise InvalidInput for a foreign one."""
    if component_id is None:
        return ANY_MODE
    component = session.get(Component, component_id)
    if component is None or component.equipment_class_id != machine.equipment_class_id:
        raise InvalidInput({"component_id": f"{machine.tag} has no such component."})
    return component.code


def check_people(
    session: Session, site_id: int, assignee_id: int | None, team_id: int | None
) -> None:
    """Raise InvalidInput unless both can work at the site (None always can)."""
    problems = {}
    person = None if assignee_id is None else session.get(AppUser, assignee_id)
    if assignee_id is not None and not _works_at(person, site_id):
        problems["assignee_id"] = "Nobody active at this site has this id."
    team = None if team_id is None else session.get(Team, team_id)
    if team_id is not None and (team is None or team.site_id != site_id):
        problems["team_id"] = "This site has no such team."
    if problems:
        raise InvalidInput(problems)


def _works_at(person: AppUser | None, site_id: int) -> bool:
    return person is not None and person.is_active and person.site_id in (None, site_id)


def _machine(session: Session, equipment_id: int, by: Actor) -> Equipment:
    if not by.may(Capability.WORK):
        raise NotAllowed("Viewers cannot raise work orders.")
    machine = session.get(Equipment, equipment_id)
    if machine is None or not by.scope.sees(machine.site_id):
        raise NotFound(f"There is no equipment {equipment_id}.")
    return machine
