"""The people of the replayed plant: they end an order when its component failed or was replaced.

The records of failures and replacements were imported before; a completion finds them by machine,
component and instant, and writes no second one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Team
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor, Role, system
from app.domain.work_orders import FINISHED, Action, Function, OrderType, Outcome, State
from app.inputs.users import CreateUser
from app.queries import users as people
from app.services import users, work_orders

PLANNER = system("replay")


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a component's life on record: a failure, or a replacement without one."""

    at: datetime
    equipment_id: int
    component_id: int
    mode: str
    is_failure: bool


def hire(session: Session, *, now: datetime) -> Actor:
    """Add the technician of the plant's only crew."""
    team = session.scalars(sa.select(Team)).one()
    given = CreateUser(
        name="technician",
        display_name="Technician",
        roles=(Role.TECHNICIAN,),
        site_id=team.site_id,
        team_id=team.id,
        password=secrets.token_urlsafe(12),
    )
    user_id = users.create_user(session, user=given, now=now, by=PLANNER)
    return people.actor(session, user_id=user_id)


def endings(session: Session, *, start: datetime, end: datetime) -> list[Ending]:
    """Return every recorded end of a life in [start, end), in order of time."""
    found: dict[tuple[datetime, int, int], Ending] = {}
    for kind, is_failure in ((ServiceRecord, False), (Failure, True)):
        rows = session.execute(
            sa.select(kind.at, kind.equipment_id, Component.id, Component.code)
            .join(Equipment, Equipment.id == kind.equipment_id)
            .join(Component, Component.id == kind.component_id)
            .where(kind.at >= start, kind.at < end)
        )
        found |= {(row[0], row[1], row[2]): Ending(*row, is_failure) for row in rows.tuples()}
    return sorted(found.values(), key=lambda one: (one.at, one.equipment_id, one.component_id))


def work(session: Session, technician: Actor, ended: Iterable[Ending]) -> int:
    """End the open order of each ended life, at its time; return how many were ended."""
    waiting = {(row.equipment_id, row.mode): row for row in session.scalars(_open_orders())}
    done = 0
    for ending in ended:
        order = waiting.pop((ending.equipment_id, ending.mode), None)
        if order is not None:
            _complete(session, order, ending, technician)
            done += 1
    return done


def _open_orders() -> sa.Select[WorkOrder]:
    return sa.select(WorkOrder).where(
        WorkOrder.type == OrderType.PREDICTIVE, WorkOrder.state.not_in(FINISHED)
    )


def _complete(session: Session, order: WorkOrder, ending: Ending, technician: Actor) -> None:
    """Accept where asked for, take and complete; all at the instant of the record."""
    deeds: list[tuple[Action, Mapping[str, object], Actor]] = [
        (Action.TAKE, {}, technician),
        (Action.COMPLETE, _finding(order, ending), technician),
    ]
    if order.state is State.REQUESTED:
        deeds.insert(0, (Action.ACCEPT, {}, PLANNER))
    for action, data, by in deeds:
        work_orders.act(
            session,
            action=action,
            work_order_id=order.id,
            data=data,
            expected_version=None,
            now=ending.at,
            by=by,
        )


def _finding(order: WorkOrder, ending: Ending) -> Mapping[str, object]:
    """A failure after the order is the fault it predicted; else a sound part was replaced."""
    if ending.is_failure and order.created_at < ending.at:
        predicted = {"outcome": Outcome.FAULT_AS_PREDICTED, "function": Function.LOST}
        return predicted | {"failed_at": ending.at}
    return {"outcome": Outcome.NOTHING_FOUND_REPLACED, "function": Function.NONE}
