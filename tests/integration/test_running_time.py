"""When a machine ran, as the night's loader sees it, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import Actor, system
from app.domain.work_orders import Dismissal
from app.inputs.work_orders import DismissWorkOrder
from app.services import work_orders
from app.services.retraining.loader import MachineLoader
from tests.hours import measure
from tests.plant import Plant

T = datetime(2026, 3, 2, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BY = system("test")


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment(tag="P-101")


def load(
    database: Database, machine: Equipment, until: datetime = T, step_us: int = HOUR_US
) -> Any:
    """The history a worker would get, with the rule `current above 5 A means running`."""
    loader = MachineLoader(
        key="P-101#1",
        database_url=database.engine.url.render_as_string(hide_password=False),
        equipment_id=machine.id,
        class_code="pump",
        until=until,
        is_hourly=True,
        step_us=step_us,
        running_role="current",
        running_above=5.0,
    )
    history = loader()
    history.check()
    return history


def ran(history: Any) -> list[tuple[float, float]]:
    """Running intervals in hours before T."""
    now = to_micros(T)
    pairs = zip(history.running.start, history.running.end, strict=True)
    return [((start - now) / HOUR_US, (end - now) / HOUR_US) for start, end in pairs]


def test_a_machine_runs_while_its_current_is_above_the_limit(database, make, pump) -> None:
    amperes = {-60: 10.0, -59: 10.0, -58: 0.1, -57: 0.1, -56: 10.0, -55: 5.0}
    measure(database, make.sensor(pump, "current"), {T + n * HOUR: a for n, a in amperes.items()})

    assert ran(load(database, pump)) == [(-61, -59), (-57, -56)]


def test_nobody_saw_it_run_in_a_gap_of_the_signal(database, make, pump) -> None:
    seen = {T + n * HOUR: 10.0 for n in (-60, -58, -55)}
    measure(database, make.sensor(pump, "current"), seen)

    # Two hours apart is one missing hour: it ran on. Three hours apart it is taken to have stood.
    assert ran(load(database, pump)) == [(-61, -58), (-56, -55)]


def test_a_signal_that_comes_once_a_step_has_no_gaps(database, make, pump) -> None:
    seen = {T + n * HOUR: 10.0 for n in (-90, -84, -78, -60)}
    measure(database, make.sensor(pump, "current"), seen)

    assert ran(load(database, pump, step_us=6 * HOUR_US)) == [(-91, -78), (-61, -60)]


def test_a_machine_last_seen_running_within_a_day_runs_on(database, make, pump) -> None:
    measure(database, make.sensor(pump, "current"), {T - 24 * HOUR: 10.0})

    assert ran(load(database, pump)) == [(-25, 0)]
    assert ran(load(database, pump, T + HOUR)) == [(-25, -24)]


def test_a_machine_that_was_switched_off_today_does_not_run_on(database, make, pump) -> None:
    measure(database, make.sensor(pump, "current"), {T - 5 * HOUR: 10.0, T - 4 * HOUR: 0.1})

    assert ran(load(database, pump)) == [(-6, -5)]


def test_data_that_arrive_late_fill_the_gap(database, make, pump) -> None:
    current = make.sensor(pump, "current")
    measure(database, current, {T - 60 * HOUR: 10.0, T - 50 * HOUR: 10.0})
    gaps = ran(load(database, pump))

    measure(database, current, {T - n * HOUR: 10.0 for n in range(51, 60)})

    assert gaps == [(-61, -60), (-51, -50)]
    assert ran(load(database, pump)) == [(-61, -50)]


def test_a_machine_without_the_signal_counts_as_always_running(database, make, pump) -> None:
    measure(database, make.sensor(pump, "vibration"), {T - HOUR: 1.0})

    assert load(database, pump).running is None


def test_a_machine_stood_from_a_suggestion_to_its_dismissal_as_stopped(
    database, make, pump, ann: Actor
) -> None:
    order_id = make.predicted_order(pump, mode="seal")
    with database.transaction() as session:
        session.get_one(WorkOrder, order_id).created_at = T - 20 * HOUR
        dismissal = DismissWorkOrder(dismissal=Dismissal.MACHINE_STOPPED)
        given = {"work_order_id": order_id, "expected_version": None, "by": ann}
        work_orders.dismiss(session, dismissal=dismissal, now=T - 5 * HOUR, **given)

    assert ran(load(database, pump))[0][1] == -20
    assert ran(load(database, pump))[1] == (-5, 0)
    assert load(database, pump, T - 5 * HOUR).running is None

    measure(database, make.sensor(pump, "current"), {T - n * HOUR: 10.0 for n in range(1, 31)})

    assert ran(load(database, pump)) == [(-31, -20), (-5, 0)]


def test_a_machine_without_any_record_loads_as_an_empty_history(database, pump) -> None:
    history = load(database, pump)

    assert (history.readings, len(history.failures.at), history.running) == ({}, 0, None)
