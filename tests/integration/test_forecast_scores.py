"""Forecasts as issued are judged once, by what was known when their window had passed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db.equipment import Equipment
from app.db.predictions import Forecast, ForecastScore
from app.db.records import Failure, ServiceRecord
from app.db.training import RunKind, RunState, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.work_orders import Condition, Outcome
from app.queries.invariants import scores
from app.services import forecast_scores
from tests.plant import Plant

DAY = timedelta(days=1)
# The windows of the plant's forecasts are 24 h, 96 h (the order rule's), 168 h and 336 h.


@pytest.fixture
def machine(make: Plant) -> Equipment:
    return make.equipment()


def test_a_window_is_judged_when_it_has_passed_and_settled(make: Plant, machine: Equipment) -> None:
    told = _issued(make, machine, days_ago=4)

    judged = _judge(make)

    assert judged == 2
    (row,) = make.all(ForecastScore, mode="bearing")
    assert (row.forecast_id, row.hours, row.risk) == (told.id, 24.0, 0.1)
    assert (row.has_failed, row.is_punctual) == (False, True)


def test_every_mode_and_window_is_judged_once_however_many_nights_pass(
    make: Plant, machine: Equipment
) -> None:
    for mode in ("any", "bearing", "seal"):
        _issued(make, machine, mode=mode, days_ago=20)

    judged = [_judge(make, days=days) for days in (-10, 0, 0.5, 30)]

    assert sum(judged) == len(make.all(ForecastScore)) == 3 * 4
    assert judged[2:] == [0, 0]
    with make.database.reading() as session:
        assert [*scores.foreign_scores(session), *scores.early_scores(session)] == []


def test_a_failure_in_the_window_counts_and_its_repair_does_not_hide_it(
    make: Plant, machine: Equipment
) -> None:
    _issued(make, machine, days_ago=20)
    at = make.now - 18 * DAY
    _write(make, Failure, machine, at, component_id=make.component("bearing").id)
    _write(make, ServiceRecord, machine, at, component_id=make.component("bearing").id)

    _judge(make)

    assert _truths(make) == {24.0: False, 96.0: True, 168.0: True, 336.0: True}


def test_a_failure_of_another_part_is_none_of_this_one_but_one_of_the_machine(
    make: Plant, machine: Equipment
) -> None:
    for mode in ("any", "bearing"):
        _issued(make, machine, mode=mode, days_ago=20)
    _write(make, Failure, machine, make.now - 18 * DAY, component_id=make.component("seal").id)

    _judge(make)

    assert _truths(make, "bearing")[336.0] is False
    assert _truths(make, "any")[336.0] is True


def test_a_part_renewed_in_the_window_cannot_be_judged(make: Plant, machine: Equipment) -> None:
    _issued(make, machine, days_ago=20)
    bearing = make.component("bearing").id
    _write(make, ServiceRecord, machine, make.now - 18 * DAY, component_id=bearing)
    _write(make, Failure, machine, make.now - 15 * DAY, component_id=bearing)

    _judge(make)

    assert _truths(make) == {24.0: False, 96.0: None, 168.0: None, 336.0: None}


def test_work_that_renews_nothing_ends_nothing(make: Plant, machine: Equipment) -> None:
    _issued(make, machine, days_ago=20)
    _write(make, ServiceRecord, machine, make.now - 18 * DAY, activity="service")

    _judge(make)

    assert set(_truths(make).values()) == {False}


def test_a_confirmed_fault_is_no_failure_and_no_peace_either(
    make: Plant, machine: Equipment
) -> None:
    run = _issued(make, machine, days_ago=20).run_id
    order = make.predicted_order(machine, mode="bearing", run=make.get(TrainingRun, run))
    _find(make, machine, order, Outcome.FAULT_AS_PREDICTED)

    _judge(make)

    assert _truths(make)[336.0] is None
    assert make.get(WorkOrder, order).mode == "bearing"


def test_nothing_found_lets_the_life_go_on(make: Plant, machine: Equipment) -> None:
    run = _issued(make, machine, days_ago=20).run_id
    order = make.predicted_order(machine, mode="bearing", run=make.get(TrainingRun, run))
    _find(make, machine, order, Outcome.NOTHING_FOUND, condition_found=Condition.GOOD)

    _judge(make)

    assert _truths(make)[336.0] is False


def test_what_is_recorded_later_changes_nothing_that_was_judged(
    make: Plant, machine: Equipment
) -> None:
    _issued(make, machine, days_ago=20)
    _judge(make)
    before = [(row.id, row.has_failed, row.scored_at) for row in make.all(ForecastScore)]

    at = make.now - 18 * DAY
    _write(make, Failure, machine, at, recorded_at=make.now + DAY)
    _judge(make, days=2)

    assert [(row.id, row.has_failed, row.scored_at) for row in make.all(ForecastScore)] == before


def test_a_failure_not_yet_recorded_is_not_known(make: Plant, machine: Equipment) -> None:
    _issued(make, machine, days_ago=20)
    _write(make, Failure, machine, make.now - 18 * DAY, recorded_at=make.now + DAY)

    _judge(make)

    assert set(_truths(make).values()) == {False}


@pytest.mark.parametrize(
    ("kind", "late", "is_punctual"),
    [
        (RunKind.NIGHTLY, timedelta(hours=1), True),
        (RunKind.NIGHTLY, timedelta(hours=25), False),
        (RunKind.MANUAL, timedelta(hours=1), False),
    ],
)
def test_only_nights_on_time_are_as_issued(
    make: Plant, machine: Equipment, kind: RunKind, late: timedelta, is_punctual: bool
) -> None:
    told = _issued(make, machine, mode="any", days_ago=20)
    with make.database.transaction() as session:
        session.get_one(TrainingRun, told.run_id).kind = kind
        session.get_one(Forecast, told.id).issued_at = told.as_of + late

    _judge(make)

    assert {row.is_punctual for row in make.all(ForecastScore)} == {is_punctual}


def test_a_standing_machine_had_no_forecast_to_judge(make: Plant, machine: Equipment) -> None:
    told = _issued(make, machine, days_ago=20)
    with make.database.transaction() as session:
        for row in session.query(Forecast).filter_by(run_id=told.run_id):
            row.standing_since = told.as_of - DAY

    assert _judge(make) == 0


def test_a_run_for_a_former_day_judges_nothing(make: Plant, machine: Equipment) -> None:
    _issued(make, machine, days_ago=20)
    _judge(make)
    _issued(make, machine, days_ago=19)

    assert _judge(make, days=-1) == 0
    assert _judge(make) == 8


def test_a_night_that_still_runs_is_left_to_the_next(make: Plant, machine: Equipment) -> None:
    told = _issued(make, machine, days_ago=20)
    with make.database.transaction() as session:
        session.get_one(TrainingRun, told.run_id).state = RunState.RUNNING

    assert _judge(make) == 0


def test_machines_of_two_classes_keep_their_own_windows(make: Plant) -> None:
    pump, fan = make.equipment("P-1"), make.equipment("F-1", class_code="fan")
    _issued(make, pump, days_ago=5)
    told = _issued(make, fan, mode="any", days_ago=5)
    with make.database.transaction() as session:
        row = session.get_one(Forecast, told.id)
        row.risks, row.risk_hours = {"12": 0.01}, 36.0

    _judge(make)

    assert {row.hours for row in make.all(ForecastScore, equipment_id=fan.id)} == {12.0, 36.0}
    assert {row.hours for row in make.all(ForecastScore, equipment_id=pump.id)} == {24.0}


def _issued(make: Plant, machine: Equipment, *, mode: str = "bearing", days_ago: float) -> Forecast:
    """A forecast of a former night; the machine's own forecast stands beside every part's."""
    moment = make.now - days_ago * DAY
    run = make.run(on=moment.date(), as_of=moment)
    make.forecast(machine, mode="any", run=run)
    return make.forecast(machine, mode=mode, run=run)


def _judge(make: Plant, days: float = 0) -> int:
    moment = make.now + days * DAY
    with make.database.transaction() as session:
        run = TrainingRun(
            kind=RunKind.MANUAL,
            local_date=moment.date(),
            as_of=moment,
            state=RunState.RUNNING,
            stage="orders",
            issued_at=moment,
            started_at=moment,
            lease_owner="test",
            lease_expires_at=moment,
            engine="loky",
            workers=1,
        )
        session.add(run)
        session.flush()
        return forecast_scores.score(session, run_id=run.id, now=moment)


def _write(
    make: Plant,
    table: type[Failure] | type[ServiceRecord],
    machine: Equipment,
    at: datetime,
    **more: object,
) -> None:
    with make.database.transaction() as session:
        session.add(table(equipment_id=machine.id, at=at, **{"recorded_at": at, **more}))


def _find(make: Plant, machine: Equipment, order: int, outcome: Outcome, **more: Condition) -> None:
    """What somebody found at an order eighteen days ago."""
    at = make.now - 18 * DAY
    with make.database.transaction() as session:
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=machine.id,
                at=at,
                outcome=outcome,
                recorded_at=at,
                **more,
            )
        )


def _truths(make: Plant, mode: str = "bearing") -> dict[float, bool | None]:
    return {row.hours: row.has_failed for row in make.all(ForecastScore, mode=mode)}
