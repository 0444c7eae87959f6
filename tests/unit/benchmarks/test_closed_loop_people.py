"""Simulated technicians act through the real deeds; what they do is judged by the simulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.cli.demo.clockwork import night_of
from app.cli.demo.people import BY, People, create_people, everybody
from app.cli.imports.sample_plant import import_plant
from app.db import Database
from app.db.equipment import Component, Equipment
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import Finding, WorkOrder
from app.domain.work_orders import Outcome, State
from app.queries.invariants import violations
from app.queries.training_sets import training_set
from benchmarks.measuring.closed_loop import technicians, truth, witness
from benchmarks.measuring.closed_loop.living import Shop, live
from benchmarks.measuring.closed_loop.naive import nothing_was_there
from benchmarks.measuring.closed_loop.setting import Manners, Setting
from benchmarks.measuring.closed_loop.truth import OrderStory
from sample_data import Plant as SamplePlant
from sample_data.generate import collect
from sample_data.rows import FailureRow
from tests.plant import Plant

DAY = timedelta(days=1)
HORIZON = timedelta(days=14)
EXACT = Manners(delays=(1,), dismisses=0.0, errs=0.0, detects=1.0)
# The loop lives on a database file of its own.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
FAULT, NOTHING = Outcome.FAULT_AS_PREDICTED, Outcome.NOTHING_FOUND


class Loop:
    """A plant a few days before a component fails, and an order of the night about it."""

    def __init__(self, database: Database, make: Plant, manners: Manners) -> None:
        plant = Setting(machines=1, days=0, seed=3, history_days=0).plant()
        self.database, self.make = database, make
        days = plant.advance(10)
        self.failure = _next_worn_out(plant)
        days += plant.advance((self.failure.at - plant.now).days - 4)
        with database.transaction() as session:
            import_plant(session, collect(plant, days), now=plant.now, by=BY)
            create_people(session, now=plant.now)
            people = People(tom=everybody(session).tom, ann=BY)
        self.shop = Shop(plant, people, manners)

    @property
    def plant(self) -> SamplePlant:
        return self.shop.plant

    def parts(self) -> tuple[Equipment, Component]:
        (machine,) = self.make.all(Equipment, tag=self.failure.tag)
        kind, code = machine.equipment_class_id, self.failure.component
        (part,) = self.make.all(Component, code=code, equipment_class_id=kind)
        return machine, part

    def order(self) -> OrderStory:
        """What tonight suggests about the component that is about to fail."""
        machine, part = self.parts()
        self.make.now = night_of(self.plant.now)
        number = self.make.predicted_order(machine, mode=part.code)
        with self.database.transaction() as session:
            session.get_one(WorkOrder, number).component_id = part.id
        real = truth.is_real(self.plant, machine.tag, part.code, horizon=HORIZON)
        told = OrderStory(number, machine.tag, part.code, True, self.make.now, real)
        self.shop.stories[number] = told
        return told

    def live(self, days: int) -> None:
        with self.database.transaction() as session:
            live(session, self.shop, days=days)


@pytest.fixture
def loop(database: Database, make: Plant) -> Callable[[Manners], Loop]:
    return lambda manners: Loop(database, make, manners)


def test_a_fault_that_is_found_is_renewed_in_the_plant_and_on_record(
    loop: Callable[[Manners], Loop],
) -> None:
    lived = loop(EXACT)
    told = lived.order()

    lived.live(12)

    order = lived.make.get(WorkOrder, told.order_id)
    (finding,) = lived.make.all(Finding, work_order_id=told.order_id)
    (renewal,) = lived.make.all(ServiceRecord, work_order_id=told.order_id)
    assert order.state is State.COMPLETED
    assert finding.outcome is FAULT
    assert (renewal.is_planned, renewal.activity) == (True, "replace")
    assert told.is_real
    assert told.prevented_at == lived.failure.at
    assert told.looked_at is not None
    assert told.looked_at.date() == (told.raised_at + DAY).date()
    assert lived.failure not in lived.shop.happened.failures
    with lived.database.reading() as session:
        assert violations(session) == []


def test_what_is_overlooked_breaks(loop: Callable[[Manners], Loop]) -> None:
    lived = loop(Manners(delays=(1,), dismisses=0.0, errs=0.0, detects=0.0))
    told = lived.order()

    lived.live(6)

    (finding,) = lived.make.all(Finding, work_order_id=told.order_id)
    assert finding.outcome is NOTHING
    assert told.prevented_at is None
    assert lived.failure in lived.shop.happened.failures
    assert [tag for tag, _ in lived.shop.happened.in_vain] == [told.tag]
    assert [row.at for row in lived.make.all(Failure)].count(lived.failure.at) == 1


def test_what_is_dismissed_breaks_and_says_why(loop: Callable[[Manners], Loop]) -> None:
    lived = loop(Manners(delays=(1,), dismisses=1.0, errs=0.0, detects=1.0))
    told = lived.order()

    lived.live(6)

    (finding,) = lived.make.all(Finding, work_order_id=told.order_id)
    assert lived.make.get(WorkOrder, told.order_id).state is State.CANCELLED
    assert finding.dismissal in technicians.REASONS
    assert told.accepted_at is None
    assert lived.failure in lived.shop.happened.failures


def test_a_wrong_outcome_is_written_down_as_if_it_were_right(
    loop: Callable[[Manners], Loop],
) -> None:
    lived = loop(Manners(delays=(1,), dismisses=0.0, errs=1.0, detects=1.0))
    told = lived.order()

    lived.live(6)

    (finding,) = lived.make.all(Finding, work_order_id=told.order_id)
    (renewal,) = lived.make.all(ServiceRecord, work_order_id=told.order_id)
    assert finding.outcome in technicians.MISTAKES[FAULT]
    assert finding.condition_found == renewal.condition_found
    assert told.prevented_at == lived.failure.at


def test_who_comes_too_late_closes_the_order_with_the_failure(
    loop: Callable[[Manners], Loop],
) -> None:
    lived = loop(Manners(delays=(9,), dismisses=0.0, errs=0.0, detects=1.0))
    told = lived.order()

    lived.live(9)

    (finding,) = lived.make.all(Finding, work_order_id=told.order_id)
    assert finding.failed_at == lived.failure.at
    assert told.looked_at is None
    assert told.prevented_at is None


def test_a_risk_is_set_beside_the_true_chance_over_the_same_days(
    loop: Callable[[Manners], Loop],
) -> None:
    lived = loop(EXACT)
    machine, part = lived.parts()
    lived.make.forecast(machine, mode=part.code, risk=0.4)
    told = lived.make.forecast(machine, mode="any", risk=0.5)  # of the machine: no component

    with lived.database.reading() as session:
        judged = witness.judged(session, lived.plant, run_id=told.run_id, day=3)

    assert told.risk_hours == 96.0
    assert judged == [(3, 0.4, lived.plant.true_hazard(machine.tag, 4)[part.code])]


def test_an_order_is_judged_and_its_end_is_noted(loop: Callable[[Manners], Loop]) -> None:
    lived = loop(EXACT)
    order_id = lived.order().order_id
    with lived.database.reading() as session:
        (story,) = witness.stories(session, lived.plant, [order_id]).values()
    lived.live(3)

    with lived.database.reading() as session:
        witness.note_ends(session, {order_id: story})

    assert (story.tag, story.component) == (lived.failure.tag, lived.failure.component)
    assert story.is_real
    assert story.is_predictive
    assert story.ended_at == lived.make.get(WorkOrder, order_id).completed_at


def test_naive_labels_hide_what_was_done_for_as_long_as_training_reads(
    loop: Callable[[Manners], Loop],
) -> None:
    lived = loop(EXACT)
    lived.order()
    lived.live(3)
    before = _trained_on(lived)

    with nothing_was_there(lived.database):
        during = _trained_on(lived)

    outcomes, services = before
    assert [code for _, _, code in outcomes] == ["fault_as_predicted"]
    assert [code for _, _, code in during[0]] == ["nothing_found"]
    assert len(services) - len(during[1]) == 1
    assert _trained_on(lived) == before


def test_a_record_is_put_back_when_training_fails(loop: Callable[[Manners], Loop]) -> None:
    lived = loop(EXACT)
    lived.order()
    lived.live(3)
    before = _trained_on(lived)

    with pytest.raises(RuntimeError, match="no luck"), nothing_was_there(lived.database):
        raise RuntimeError("no luck")

    assert _trained_on(lived) == before


def _trained_on(lived: Loop) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Outcomes and renewals of the machine, as a night would read them."""
    machine, _ = lived.parts()
    with lived.database.reading() as session:
        known = training_set(
            session, equipment_id=machine.id, until=lived.plant.now, is_hourly=True
        )
    return known.outcomes, known.services


def _next_worn_out(plant: SamplePlant) -> FailureRow:
    """The first failure with a sign before it, more than five days from now."""
    fates = [plant.fate(m.tag, 120, is_serviced=True).failures for m in plant.machines]
    soon = plant.now + 5 * DAY
    rows = (row for failures in fates for row in failures)
    return min(
        (row for row in rows if row.onset_at is not None and row.at > soon),
        key=lambda row: row.at,
    )
