"""Readings: stored once, judged by row, their hours always right, read back as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import DataVersion, Equipment
from app.db.readings import (
    ReadingBatch,
    ReadingConflict,
    ReadingQuarantine,
    reading_hour,
    sensor_reading,
)
from app.db.sensors import Sensor
from app.domain.batches import Counts
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import Actor, Role, system
from app.inputs.sensors import CreateSensor
from app.queries import readings as questions
from app.services import readings, sensors
from tests.plant import Plant

START = datetime(2026, 2, 1, tzinfo=UTC)
T0 = to_micros(START)


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment(tag="P-101")


@pytest.fixture
def vibration(database: Database, pump: Equipment, now: datetime) -> Sensor:
    return a_sensor(database, pump, "vibration", now)


def a_sensor(database: Database, machine: Equipment, kind: str, now: datetime) -> Sensor:
    given = CreateSensor(equipment_id=machine.id, code=kind, name=kind, kind=kind)
    with database.transaction() as session:
        made = sensors.create_sensor(session, sensor=given, now=now, by=system("test"))
        return session.get_one(Sensor, made)


def store(
    database: Database,
    rows: Sequence[tuple[int, float, float]],
    now: datetime,
    by: Actor | None = None,
) -> Counts:
    """Store (sensor, hours after START, value) rows."""
    ids, hours, values = (np.array(column) for column in zip(*rows, strict=True))
    at = T0 + np.round(hours * HOUR_US).astype(np.int64)
    with database.transaction() as session:
        return readings.store(
            session,
            sensor_ids=ids,
            at=at,
            values=values,
            source="test",
            now=now,
            by=by or system("test"),
        )


def table(database: Database, which: sa.Table) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        rows = session.execute(sa.select(which).order_by(*which.primary_key))
        return [tuple(row) for row in rows]


def version(database: Database, machine: Equipment) -> int:
    with database.reading() as session:
        row = session.get(DataVersion, machine.id)
        return 0 if row is None else row.version


def test_readings_are_on_record_with_their_instant(database, vibration, now):
    counts = store(database, [(vibration.id, 1, 2.5), (vibration.id, 2, 2.75)], now)

    assert (counts.accepted, counts.sent) == (2, 2)
    assert table(database, sensor_reading) == [
        (vibration.id, T0 + HOUR_US, 2.5, 0),
        (vibration.id, T0 + 2 * HOUR_US, 2.75, 0),
    ]


def test_a_value_that_could_be_true_with_the_other_sign_says_so(database, vibration, now):
    counts = store(database, [(vibration.id, 1, -2.5), (vibration.id, 2, -1e6)], now)

    turned, impossible = (problem.reason for problem in counts.problems)
    assert counts.quarantined == 2
    assert turned == f"{impossible}; with the other sign it could: is the sign turned?"


def test_an_empty_batch_is_no_trouble(database, now):
    nothing = np.empty(0)

    with database.transaction() as session:
        counts = readings.store(
            session,
            sensor_ids=nothing.astype(np.int64),
            at=nothing.astype(np.int64),
            values=nothing,
            source="test",
            now=now,
            by=system("test"),
        )

    assert counts == Counts()


def test_a_reading_sent_twice_in_one_batch_is_stored_once(database, vibration, now):
    counts = store(database, [(vibration.id, 1, 2.5), (vibration.id, 1, 2.5)], now)

    assert (counts.accepted, counts.duplicate) == (1, 1)


def test_a_batch_sent_again_adds_nothing_and_leaves_the_data_version(
    database, vibration, pump, now
):
    batch = [(vibration.id, hour, hour / 10) for hour in range(1, 30)]
    store(database, batch, now)
    before = table(database, sensor_reading), version(database, pump)

    counts = store(database, batch, now)

    assert (counts.accepted, counts.duplicate) == (0, 29)
    assert (table(database, sensor_reading), version(database, pump)) == before


def test_new_readings_raise_the_data_version_of_their_machine_only(
    database, make, vibration, pump, now
):
    other = make.equipment(tag="P-102")
    before = version(database, pump), version(database, other)

    store(database, [(vibration.id, 1, 2.5)], now)

    assert version(database, pump) == before[0] + 1
    assert version(database, other) == before[1]


def test_of_two_values_for_one_instant_the_first_stays_and_the_second_is_listed(
    database, make, vibration, now
):
    store(database, [(vibration.id, 1, 2.5)], now)

    counts = store(database, [(vibration.id, 1, 9.0)], now)

    assert (counts.accepted, counts.conflict) == (0, 1)
    assert counts.problems[0].row == 0
    assert table(database, sensor_reading) == [(vibration.id, T0 + HOUR_US, 2.5, 0)]
    listed = make.all(ReadingConflict)
    assert [(row.kept, row.offered) for row in listed] == [(2.5, 9.0)]


def test_of_two_values_within_one_batch_the_first_sent_stays(database, vibration, now):
    counts = store(
        database, [(vibration.id, 2, 1.0), (vibration.id, 1, 7.0), (vibration.id, 1, 3.0)], now
    )

    assert (counts.accepted, counts.conflict) == (2, 1)
    assert [row[2] for row in table(database, sensor_reading)] == [7.0, 1.0]


def test_a_conflict_offered_again_is_listed_once(database, make, vibration, now):
    store(database, [(vibration.id, 1, 2.5)], now)
    store(database, [(vibration.id, 1, 9.0)], now)

    store(database, [(vibration.id, 1, 9.0)], now)

    assert len(make.all(ReadingConflict)) == 1


@pytest.mark.parametrize("value", [-0.1, 200.1, 1e308])
def test_a_value_that_cannot_be_true_is_set_apart(database, make, vibration, now, value):
    counts = store(database, [(vibration.id, 1, value), (vibration.id, 2, 2.0)], now)

    assert (counts.accepted, counts.quarantined) == (1, 1)
    assert len(table(database, sensor_reading)) == 1
    assert [row.value for row in make.all(ReadingQuarantine)] == [value]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_rejected(database, vibration, now, value):
    counts = store(database, [(vibration.id, 1, value)], now)

    assert (counts.rejected, counts.problems[0].column) == (1, "value")
    assert table(database, sensor_reading) == []


def test_minus_zero_is_zero(database, vibration, now):
    store(database, [(vibration.id, 1, 0.0)], now)

    counts = store(database, [(vibration.id, 1, -0.0)], now)

    assert counts.duplicate == 1


def test_a_reading_from_the_future_is_set_apart(database, make, vibration, now):
    hours = (now - START) / timedelta(hours=1)

    counts = store(
        database, [(vibration.id, hours + 23, 2.0), (vibration.id, hours + 25, 2.0)], now
    )

    assert (counts.accepted, counts.quarantined) == (1, 1)
    assert make.all(ReadingQuarantine)[0].reason == "lies more than a day in the future"


def test_an_unknown_sensor_is_rejected_and_the_rest_stored(database, vibration, now):
    counts = store(database, [(vibration.id + 1000, 1, 2.0), (vibration.id, 1, 2.0)], now)

    assert (counts.accepted, counts.rejected) == (1, 1)
    assert counts.problems[0].reason == "is not known"


def test_a_retired_sensor_takes_no_more_readings(database, vibration, now):
    with database.transaction() as session:
        session.get_one(Sensor, vibration.id).is_active = False

    counts = store(database, [(vibration.id, 1, 2.0)], now)

    assert counts.rejected == 1


def test_the_sensor_of_a_foreign_site_looks_like_an_unknown_one(database, make, vibration, now):
    foreigner = Actor(None, "gateway", frozenset({Role.ADMIN}), site_id=make.site("south").id)

    counts = store(database, [(vibration.id, 1, 2.0)], now, by=foreigner)

    assert (counts.rejected, counts.problems[0].reason) == (1, "is not known")


def test_every_batch_is_on_record_with_what_became_of_it(database, make, vibration, now):
    store(database, [(vibration.id, 1, 2.0), (vibration.id, 2, 999.0), (vibration.id, 3, 2.0)], now)

    batch = make.all(ReadingBatch)[0]

    assert (batch.accepted, batch.quarantined, batch.source) == (2, 1, "test")
    assert (batch.arrived_at, batch.first_at) == (now, START + timedelta(hours=1))
    assert batch.last_at == START + timedelta(hours=3)


def test_two_who_send_the_same_batch_at_once_store_it_once(database, make, vibration, now):
    batch = [(vibration.id, n / 100, 2.0) for n in range(1, 3_000)]

    with ThreadPoolExecutor(4) as senders:
        told = list(senders.map(lambda _: store(database, batch, now), range(4)))

    assert sorted(counts.accepted for counts in told) == [0, 0, 0, len(batch)]
    assert {counts.sent for counts in told} == {len(batch)}
    assert len(table(database, sensor_reading)) == len(batch)


def test_an_hour_holds_what_came_after_its_start_up_to_its_end(database, vibration, now):
    # 00:30, 01:00 | 01:15: the instant 01:00 belongs to the hour that ends there.
    store(
        database,
        [(vibration.id, 0.5, 1.0), (vibration.id, 1.0, 4.0), (vibration.id, 1.25, 8.0)],
        now,
    )

    first = T0 // HOUR_US + 1
    assert table(database, reading_hour) == [
        (vibration.id, first, 2, 2.5, 1.0, 4.0, 4.0, T0 + HOUR_US),
        (vibration.id, first + 1, 1, 8.0, 8.0, 8.0, 8.0, T0 + 5 * HOUR_US // 4),
    ]


def test_the_order_of_arrival_does_not_change_what_is_on_record(database, make, now):
    pump = make.equipment(tag="P-101")
    one, two = (a_sensor(database, pump, kind, now) for kind in ("vibration", "temperature"))
    chance = np.random.default_rng(1)
    values = chance.uniform(0, 100, 400)
    rows = [(one.id, hour / 7, value) for hour, value in enumerate(values, start=1)]
    copies = [(two.id, *row[1:]) for row in rows]
    chance.shuffle(copies)

    store(database, rows, now)
    for start in range(0, len(copies), 37):
        store(database, copies[start : start + 37], now)

    for which in (sensor_reading, reading_hour):
        found = table(database, which)
        assert [r[1:] for r in found if r[0] == one.id] == [r[1:] for r in found if r[0] == two.id]


def test_a_late_reading_joins_an_hour_whose_raw_rows_are_gone(database, vibration, now):
    store(database, [(vibration.id, 0.2, 1.0), (vibration.id, 0.6, 3.0)], now)
    with database.transaction() as session:
        session.execute(sa.delete(sensor_reading))

    store(database, [(vibration.id, 0.4, 8.0)], now)

    assert table(database, reading_hour) == [
        (vibration.id, T0 // HOUR_US + 1, 3, 4.0, 1.0, 8.0, 3.0, T0 + round(0.6 * HOUR_US))
    ]


def test_a_series_is_what_lies_after_the_start_up_to_the_end(database, vibration, now):
    store(database, [(vibration.id, hour, hour) for hour in range(1, 6)], now)

    with database.reading() as session:
        found = questions.series(
            session, sensor_id=vibration.id, start=T0 + HOUR_US, end=T0 + 4 * HOUR_US
        )

    assert found.value.tolist() == [2.0, 3.0, 4.0]
    assert (found.at - T0).tolist() == [2 * HOUR_US, 3 * HOUR_US, 4 * HOUR_US]


def test_hours_are_named_by_their_end(database, vibration, now):
    store(
        database,
        [(vibration.id, 0.5, 1.0), (vibration.id, 1.0, 4.0), (vibration.id, 1.25, 8.0)],
        now,
    )

    with database.reading() as session:
        found = questions.hours(session, sensor_id=vibration.id)

    assert ((found.at - T0) // HOUR_US).tolist() == [1, 2]
    assert (found.mean.tolist(), found.n.tolist()) == ([2.5, 8.0], [2, 1])
    assert (found.low.tolist(), found.high.tolist()) == ([1.0, 8.0], [4.0, 8.0])


def test_a_sensor_without_readings_has_an_empty_series(database, vibration):
    with database.reading() as session:
        found = questions.series(session, sensor_id=vibration.id)
        drawn = questions.chart(session, sensor_id=vibration.id, start=0, end=T0)

    assert len(found.at) == len(found.value) == len(drawn.at) == 0


def test_a_chart_keeps_the_peak_among_thousands_of_readings(database, vibration, now):
    values = np.full(30_000, 2.0)
    values[17_123] = 99.0
    store(database, [(vibration.id, (n + 1) / 60, v) for n, v in enumerate(values)], now)

    with database.reading() as session:
        drawn = questions.chart(
            session, sensor_id=vibration.id, start=T0, end=to_micros(now), points=500
        )

    assert len(drawn.at) <= 500
    assert drawn.value.max() == 99.0
    assert not drawn.is_hourly


def test_a_long_chart_is_drawn_from_hours_and_still_shows_the_peak(
    database, vibration, now, monkeypatch
):
    monkeypatch.setattr(questions, "RAW_CHART_ROWS", 1_000)
    values = np.full(12_000, 2.0)
    values[7_777] = 99.0
    store(database, [(vibration.id, (n + 1) / 60, v) for n, v in enumerate(values)], now)

    with database.reading() as session:
        drawn = questions.chart(
            session, sensor_id=vibration.id, start=T0, end=to_micros(now), points=20
        )

    assert drawn.is_hourly
    assert len(drawn.at) <= 20
    assert drawn.high.max() == 99.0
