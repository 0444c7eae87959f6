"""Simulated people act through the real deeds, and what they do acts back on the plant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.cli.demo import clockwork, planner
from app.cli.demo.advancing import renew_what_people_renewed
from app.cli.demo.living import live
from app.cli.demo.people import create_people, everybody, without_planner
from app.cli.imports.sample_plant import import_plant
from app.db import Database
from app.db.equipment import Component, Equipment
from app.db.records import Failure, ServiceRecord
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import EVERYWHERE, Actor, system
from app.domain.work_orders import Action, Function, Outcome, Source, State
from app.queries import record
from app.queries.invariants import violations
from app.services import work_orders
from sample_data import Plant as SamplePlant
from sample_data.generate import begin, collect
from sample_data.rows import FailureRow
from sample_data.snapshot import load, save
from tests.plant import Plant

DAY = timedelta(days=1)
END = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, SEED, MACHINES = 120, 3, 4


@dataclass
class Doomed:
    """A plant a few days before a component fails that shows its defect already."""

    database: Database
    make: Plant
    plant: SamplePlant
    failure: FailureRow

    def order(self, state: State) -> int:
        """The night's suggestion about it, as it stands."""
        machine, part = self.parts()
        self.make.now = clockwork.night_of(self.plant.now - 2 * DAY)
        order_id = self.make.predicted_order(machine, mode=part.code, state=state)
        with self.database.transaction() as session:
            session.get_one(WorkOrder, order_id).component_id = part.id
        return order_id

    def live(self, days: int, *, with_planner: bool = False) -> None:
        """Let the days pass."""
        with self.database.transaction() as session:
            people = everybody(session) if with_planner else without_planner(session)
            live(session, self.plant, people, days=days)

    def failures(self) -> list[Failure]:
        """Failures of the component since."""
        machine, part = self.parts()
        found = self.make.all(Failure, equipment_id=machine.id, component_id=part.id)
        return [row for row in found if row.at > self.failure.at - 5 * DAY]

    def parts(self) -> tuple[Equipment, Component]:
        """The machine and its component."""
        (machine,) = self.make.all(Equipment, tag=self.failure.tag)
        kind, code = machine.equipment_class_id, self.failure.component
        (part,) = self.make.all(Component, code=code, equipment_class_id=kind)
        return machine, part


@pytest.fixture
def doomed(database: Database, make: Plant) -> Doomed:
    plant = begin(seed=SEED, machines=MACHINES, days=DAYS, end=END)
    history = collect(plant, plant.advance(40))
    failure = _next_worn_out(plant)
    days = [plant.step_day() for _ in range((failure.at - plant.now).days - 3)]
    with database.transaction() as session:
        import_plant(session, history, now=plant.now, by=system("demo"))
        import_plant(session, collect(plant, days), now=plant.now, by=system("demo"))
        create_people(session, now=plant.now)
    assert plant.condition(failure.tag, failure.component) == "degraded"
    return Doomed(database, make, plant, failure)


def _next_worn_out(plant: SamplePlant) -> FailureRow:
    """The first failure from a week on that its own defect announces for a week."""
    future = load(save(plant)).advance(70)
    return next(
        row
        for day in future
        for row in day.failures
        if row.at > plant.now + 7 * DAY and row.onset_at and row.at - row.onset_at > 7 * DAY
    )


def person(database: Database, name: str) -> Actor:
    with database.reading() as session:
        people = everybody(session)
    return people.tom if name == "tom" else people.ann or system("nobody")


def do(doomed: Doomed, order_id: int, action: Action, now: datetime, by: Actor, **data) -> None:
    with doomed.database.transaction() as session:
        work_orders.act(
            session,
            action=action,
            work_order_id=order_id,
            data=data,
            expected_version=None,
            now=now,
            by=by,
        )


def complaints(database: Database) -> list:
    with database.reading() as session:
        return violations(session)


def test_an_accepted_suggestion_prevents_the_failure(doomed, make):
    order_id = doomed.order(State.OPEN)

    doomed.live(8)

    assert doomed.failures() == []
    (finding,) = make.all(Finding, work_order_id=order_id)
    assert (finding.outcome, finding.function) == (Outcome.FAULT_AS_PREDICTED, Function.DEGRADED)
    (renewal,) = make.all(ServiceRecord, work_order_id=order_id)
    assert renewal.at == finding.at
    assert make.get(WorkOrder, order_id).state is State.COMPLETED
    assert complaints(doomed.database) == []


def test_the_same_plant_with_the_suggestion_ignored_fails_and_the_record_says_so(doomed, make):
    order_id = doomed.order(State.REQUESTED)

    doomed.live(8)

    (failure,) = doomed.failures()
    assert (failure.at, failure.mode) == (doomed.failure.at, doomed.failure.mode)
    repair = make.get(WorkOrder, failure.work_order_id)
    assert (repair.source, repair.is_break_in) == (Source.PERSON, True)
    assert make.get(WorkOrder, order_id).state is State.REQUESTED
    with doomed.database.reading() as session:
        (line,) = record.failures(session, scope=EVERYWHERE, now=doomed.plant.now)
    assert (line.met.value, line.order_id) == ("ignored", order_id)
    assert complaints(doomed.database) == []


def test_a_planner_who_overlooked_it_owns_up_without_a_second_failure(
    doomed, make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(planner, "ANSWERS", {planner.Answer.OVERLOOK: 1})
    order_id = doomed.order(State.REQUESTED)

    doomed.live(8, with_planner=True)

    (failure,) = doomed.failures()
    assert failure.work_order_id != order_id
    (finding,) = make.all(Finding, work_order_id=order_id)
    assert (finding.outcome, finding.failed_at) == (Outcome.FAULT_AS_PREDICTED, failure.at)
    renewals = make.all(ServiceRecord, work_order_id=failure.work_order_id)
    assert [row.at for row in renewals] == [finding.at]
    assert complaints(doomed.database) == []


def test_a_failure_before_anybody_came_ends_the_order_that_foresaw_it(doomed, make):
    tom = person(doomed.database, "tom")
    order_id = doomed.order(State.OPEN)
    with doomed.database.transaction() as session:  # tom has it, and does not come in time
        order = session.get_one(WorkOrder, order_id)
        order.assignee_id, order.planned_start_at = tom.id, doomed.plant.now + 30 * DAY

    doomed.live(8)

    (failure,) = doomed.failures()
    assert failure.work_order_id == order_id
    (finding,) = make.all(Finding, work_order_id=order_id)
    assert (finding.function, finding.failed_at) == (Function.LOST, failure.at)


def test_what_a_real_person_renewed_is_new_in_the_plant_too(doomed, make):
    database, ann = doomed.database, person(doomed.database, "ann")
    order_id = doomed.order(State.OPEN)
    morning = doomed.plant.now + clockwork.WORK_BEGINS
    done = {"outcome": "fault_as_predicted", "function": "degraded", "activity": "replace"}
    do(doomed, order_id, Action.TAKE, morning, ann)
    do(doomed, order_id, Action.COMPLETE, morning, ann, **done)

    with database.transaction() as session:
        renewed = renew_what_people_renewed(session, doomed.plant)
        live(session, doomed.plant, without_planner(session), days=8, done=renewed)

    assert renewed == {(doomed.failure.tag, doomed.failure.component)}
    assert doomed.failures() == []
    (machine,) = make.all(Equipment, tag=doomed.failure.tag)
    since = [row for row in make.all(ServiceRecord, equipment_id=machine.id) if row.at > END]
    assert len([row for row in since if row.work_order_id != order_id]) == 0


def test_weeks_with_everybody_leave_nothing_to_complain_of(doomed, make):
    for _ in range(6):
        doomed.live(7, with_planner=True)

    assert complaints(doomed.database) == []
    since = [row for row in make.all(Failure) if row.at > doomed.failure.at - 4 * DAY]
    assert since
    standing = make.all(WorkOrder, state=State.IN_PROGRESS)
    assert sum(row.work_order_id is None for row in since) == len(standing)
    today = doomed.plant.now.date()
    late = [
        row
        for row in make.all(WorkOrder, source=Source.SCHEDULE, state=State.OPEN)
        if row.due_on < today - 9 * DAY
    ]
    assert late == []
    states = Counter(row.state for row in make.all(WorkOrder, source=Source.SCHEDULE))
    assert states[State.CLOSED] > 0
    assert make.all(PreventiveSchedule)


def test_nobody_doubles_a_service_or_a_failure(doomed):
    doomed.live(30, with_planner=True)

    with doomed.database.reading() as session:
        for table in (Failure, ServiceRecord):
            day = sa.func.date(table.at)
            doubled = sa.select(table.equipment_id, table.component_id, day).group_by(
                table.equipment_id, table.component_id, day
            )
            assert session.execute(doubled.having(sa.func.count() > 1)).all() == []
