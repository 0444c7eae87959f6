"""What the plant reported in a day, as the people took it: breakdowns, repairs, services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.demo import desk, technician
from app.cli.demo.chance import whim
from app.cli.demo.people import People
from app.cli.imports.sample_plant import Intake
from app.db.equipment import Component
from app.db.records import Failure
from app.db.work_orders import WorkOrder
from app.domain.work_orders import (
    Action,
    Condition,
    Function,
    OrderType,
    Outcome,
    Source,
    State,
)
from app.inputs.work_orders import ReportBreakdown
from app.services import records, work_orders
from sample_data.rows import FailureRow, ServiceRow

HOUR = timedelta(hours=1)
WAITING = (State.OPEN, State.PLANNED)
SERVICE_TAKES = 2 * HOUR
MOST_LABOUR = 8.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """The people with the plant's rows: each method is one deed of a diary.

    `visits` says which component each of today's visits renews, by order.
    """

    session: Session
    people: People
    intake: Intake
    seed: int
    visits: Mapping[int, str | None]

    def break_down(self, row: FailureRow, now: datetime) -> None:
        """Work on it at once: the order that foresaw it, when somebody had accepted it."""
        machine_id = self.intake.machine_id(row.tag)
        component_id = self.intake.component_id(row.tag, row.component)
        foreseen = desk.jobs(
            self.session,
            (*WAITING, *technician.AT_WORK),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.equipment_id == machine_id,
            WorkOrder.component_id == component_id,
            WorkOrder.created_at < row.at,
            sa.or_(WorkOrder.assignee_id.is_(None), WorkOrder.assignee_id == self.people.tom.id),
        )
        if foreseen:
            technician.begin(self.session, foreseen[0].order.id, self.people, now)
            return
        part = self.session.get_one(Component, component_id).name
        report = ReportBreakdown(
            equipment_id=machine_id, component_id=component_id, title=f"{part} failed"
        )
        work_orders.breakdown(self.session, report=report, now=now, by=self.people.tom)

    def repaired(self, row: ServiceRow, now: datetime) -> None:
        """It runs again: complete what was in hand for it, and what was overlooked before it."""
        machine_id, component_id = self._ids(row)
        failure = self._failure(machine_id, component_id, now)
        if failure is None:
            return
        in_hand = [
            order
            for order in technician.at_work(self.session, machine_id, self.people.tom)
            if order.component_id == component_id or self.visits.get(order.id) == row.component
        ]
        for order in in_hand:
            hours = (now - failure.at) / HOUR
            more = {"downtime_hours": round(hours, 1)} if order is in_hand[0] else {}
            self._lost(order, row, failure, now, more)
        for order in self._overlooked(machine_id, component_id, failure.at):
            self._own_up(order, row, failure, now)
        if in_hand:
            by_hand = [o for o in in_hand if o.type is OrderType.CORRECTIVE]
            records.note_repair(
                self.session,
                failure_id=failure.id,
                work_order_id=(by_hand or in_hand)[0].id,
                now=now,
                by=self.people.tom,
            )

    def renewed(self, row: ServiceRow, now: datetime) -> None:
        """He renewed a component on a visit: say what that means for the order."""
        machine_id, component_id = self._ids(row)
        for order in technician.at_work(self.session, machine_id, self.people.tom):
            if order.type is OrderType.CORRECTIVE or not self._is_for(
                order, row, component_id, now
            ):
                continue
            outcome = technician.outcome_of(order, component_id, row.condition_found)
            is_bad = outcome is not Outcome.NOTHING_FOUND_REPLACED
            hours = min(MOST_LABOUR, (now - (order.started_at or now)) / HOUR)
            found = {
                "outcome": outcome,
                "function": Function.DEGRADED if is_bad else Function.NONE,
                "condition_found": Condition(row.condition_found),
                "component_id": component_id,
                "activity": row.activity,
                "labour_hours": round(hours, 1),
                "downtime_hours": round(hours, 1),
                "note": whim(self.seed, "note", row.tag, now).choice(technician.RENEWED),
            }
            technician.complete(self.session, order.id, found, now, self.people.tom)

    def serve(self, row: ServiceRow, now: datetime) -> None:
        """Begin what the calendar asked for."""
        for job in self._by_calendar(row, WAITING):
            technician.begin(self.session, job.order.id, self.people, now)

    def served(self, row: ServiceRow, now: datetime) -> None:
        """Complete what the calendar asked for."""
        for job in self._by_calendar(row, technician.AT_WORK):
            found = {
                "condition_found": Condition(row.condition_found),
                "activity": row.activity,
                "labour_hours": SERVICE_TAKES / HOUR,
                "downtime_hours": SERVICE_TAKES / HOUR,
            }
            technician.complete(self.session, job.order.id, found, now, self.people.tom)

    def exchanged(self, row: ServiceRow, now: datetime) -> None:
        """Nobody will ever know what the old unit had."""
        machine_id = self.intake.machine_id(row.tag)
        for order in technician.at_work(self.session, machine_id, self.people.tom):
            if order.type is OrderType.CORRECTIVE:
                continue
            found = {
                "outcome": Outcome.NOT_INSPECTED,
                "function": Function.NONE,
                "note": "The whole unit was exchanged.",
            }
            technician.complete(self.session, order.id, found, now, self.people.tom)

    def _ids(self, row: ServiceRow) -> tuple[int, int]:
        component = row.component or ""
        return self.intake.machine_id(row.tag), self.intake.component_id(row.tag, component)

    def _failure(self, machine_id: int, component_id: int, now: datetime) -> Failure | None:
        return self.session.scalar(
            sa.select(Failure)
            .where(
                Failure.equipment_id == machine_id,
                Failure.component_id == component_id,
                Failure.at <= now,
            )
            .order_by(Failure.at.desc(), Failure.id.desc())
            .limit(1)
        )

    def _lost(
        self,
        order: WorkOrder,
        row: ServiceRow,
        failure: Failure,
        now: datetime,
        more: Mapping[str, Any],
    ) -> None:
        as_predicted = technician.outcome_of(order, failure.component_id or 0, "failed")
        found = {
            "outcome": None if order.type is OrderType.CORRECTIVE else as_predicted,
            "function": Function.LOST,
            "condition_found": Condition.FAILED,
            "component_id": failure.component_id,
            "activity": row.activity,
            "failed_at": failure.at,
            "labour_hours": round(min(MOST_LABOUR, (now - failure.at) / HOUR), 1),
            **more,
        }
        technician.complete(self.session, order.id, found, now, self.people.tom)

    def _overlooked(
        self, machine_id: int, component_id: int, failed_at: datetime
    ) -> list[WorkOrder]:
        """Suggestions nobody had accepted when it failed; a real planner answers for his own."""
        if self.people.ann is None:
            return []
        found = desk.jobs(
            self.session,
            (State.REQUESTED,),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.equipment_id == machine_id,
            WorkOrder.component_id == component_id,
            WorkOrder.created_at < failed_at,
        )
        return [job.order for job in found]

    def _own_up(self, order: WorkOrder, row: ServiceRow, failure: Failure, now: datetime) -> None:
        """Ann accepts afterwards what she had overlooked, so that it says what came of it."""
        assert self.people.ann is not None
        work_orders.act(
            self.session,
            action=Action.ACCEPT,
            work_order_id=order.id,
            data={},
            expected_version=None,
            now=now,
            by=self.people.ann,
        )
        technician.begin(self.session, order.id, self.people, now)
        self._lost(order, row, failure, now, {"note": "It failed before anybody looked."})

    def _is_for(self, order: WorkOrder, row: ServiceRow, component_id: int, now: datetime) -> bool:
        if order.id in self.visits:
            return self.visits[order.id] == row.component
        return order.component_id in (None, component_id)

    def _by_calendar(self, row: ServiceRow, states: tuple[State, ...]) -> list[desk.Job]:
        machine_id, component_id = self._ids(row)
        return desk.jobs(
            self.session,
            states,
            WorkOrder.source == Source.SCHEDULE,
            WorkOrder.equipment_id == machine_id,
            WorkOrder.component_id == component_id,
            sa.or_(WorkOrder.assignee_id.is_(None), WorkOrder.assignee_id == self.people.tom.id),
        )
