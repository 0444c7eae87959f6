"""The pages of the record: after work, how good predictions are, what each answer changed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, Function, OrderType, Outcome, Source, State
from tests.doors.conftest import Visit
from tests.plant import Plant

DAY = timedelta(days=1)


@pytest.fixture
def night() -> datetime:
    """Ten days ago, by the real clock that pages read."""
    return datetime.now(UTC) - 10 * DAY


def answered(make: Plant, night: datetime, **finding: object) -> int:
    """A predicted order of a night, answered the day after."""
    run = make.run(on=night.date(), as_of=night)
    order = make.predicted_order(make.equipment(), state=State.CLOSED, run=run)
    with make.database.transaction() as session:
        session.get_one(WorkOrder, order).created_at = night
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=session.get_one(WorkOrder, order).equipment_id,
                at=night + DAY,
                recorded_at=night + DAY,
                **finding,
            )
        )
    return order


def test_a_failure_after_work_is_flagged_and_linked(
    make: Plant, eve: Actor, visit: Visit, night: datetime
) -> None:
    machine, part = make.equipment(), make.component()
    make.forecast(machine, mode="any", run=make.run(on=night.date(), as_of=night))
    with make.database.transaction() as session:
        done = WorkOrder(
            equipment_id=machine.id,
            component_id=part.id,
            type=OrderType.PREVENTIVE,
            source=Source.PERSON,
            state=State.CLOSED,
            title="Grease",
            created_at=night,
            completed_at=night + DAY,
        )
        at = night + 3 * DAY
        session.add(done)
        session.add(Failure(equipment_id=machine.id, component_id=part.id, at=at, recorded_at=at))
        session.flush()
        order_id = done.id

    page = visit(eve).text("/record")

    assert "After work" in page
    assert f"/work-orders/{order_id}" in page


def test_how_good_they_are_is_told_in_counts_below_ten(
    make: Plant, eve: Actor, visit: Visit, night: datetime
) -> None:
    answered(make, night, outcome=Outcome.FAULT_AS_PREDICTED, function=Function.DEGRADED)

    page = visit(eve).text("/record/feedback")
    (machine,) = [
        row
        for row in csv.DictReader(io.StringIO(visit(eve).text("/record/feedback.csv")))
        if row["scope"] == "machine"
    ]

    assert "1 of 1" in page
    assert "100 %" not in page
    assert (machine["name"], machine["as_predicted"], machine["in_vain"]) == ("P-101", "1", "0")


def test_a_dismissal_says_what_it_taught_and_that_no_night_has_learned_it_yet(
    make: Plant, eve: Actor, visit: Visit, night: datetime
) -> None:
    order = answered(make, night, dismissal=Dismissal.SENSOR_FAULT)

    page = visit(eve).text("/record/answers")

    assert f"WO-{order:05d}" in page
    assert "these readings are left out of all learning" in page
    assert "by the next night that learns" in page
    assert "Sensor fault" in visit(eve).text("/record/feedback")


def test_the_night_after_is_linked_with_the_risk_before_and_after(
    make: Plant, eve: Actor, visit: Visit, night: datetime
) -> None:
    answered(make, night, outcome=Outcome.NOTHING_FOUND, function=Function.NONE)
    later = night + 3 * DAY
    run = make.run(on=later.date(), as_of=later)
    make.forecast(make.equipment(), mode="bearing", risk=0.03, run=run)

    page = visit(eve).text("/record/answers")

    assert "the component runs on: such readings meant nothing" in page
    assert f'href="/training/{run.id}"' in page
    assert "40 %" in page
    assert "3 %" in page


def test_empty_pages_say_so(eve: Actor, visit: Visit) -> None:
    assert "Nothing answered yet" in visit(eve).text("/record/answers")
    assert "Nothing to tell yet" in visit(eve).text("/record/feedback")
