"""The year of the default plant, as a predictor will find it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from sample_data import SamplePlant, generate
from sample_data.roles import KINDS

HOUR = 3_600_000_000


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def test_there_is_a_year_of_hourly_readings_of_every_sensor(year: SamplePlant) -> None:
    assert len(year.sensors) == 6 * (5 + 6 + 4 + 5)
    assert set(year.readings) == {(s.equipment, s.code) for s in year.sensors}
    assert len(year.readings["P-101", "vibration"].at) > 0.95 * 365 * 24


def test_every_class_fails_often_enough_to_be_learnt(year: SamplePlant) -> None:
    classes = {row.tag: row.class_code for row in year.equipment}
    per_class = Counter(classes[f.tag] for f in year.failures)
    per_mode = Counter((classes[f.tag], f.component) for f in year.failures)

    assert min(per_class.values()) >= 10
    assert sum(count >= 8 for count in per_mode.values()) >= 4
    assert 95 <= len(year.failures) <= 135


def test_about_three_in_ten_failures_are_sudden(year: SamplePlant) -> None:
    share = sum(f.is_sudden for f in year.failures) / len(year.failures)

    assert 0.2 <= share <= 0.4


def test_a_warning_lasts_days_or_weeks(year: SamplePlant) -> None:
    always_on = [f for f in year.failures if f.tag not in ("C-202", "C-205")]
    warnings = [f.at - f.onset_at for f in always_on if f.onset_at is not None]

    # 5 to 20 days of running, with daily chance and the hours the machine stood.
    assert min(warnings) > timedelta(days=3)
    assert max(warnings) < timedelta(days=30)


def test_nothing_is_recorded_before_the_start_or_after_the_end(year: SamplePlant) -> None:
    moments = [row.at for table in (year.events, year.services, year.failures) for row in table]
    stamps = np.concatenate([series.at for series in year.readings.values()])

    assert year.start <= min(moments) <= max(moments) <= year.end
    assert micros(year.start) < stamps.min() <= stamps.max() <= micros(year.end)


def test_readings_lie_within_what_their_instrument_can_show(year: SamplePlant) -> None:
    for sensor in year.sensors:
        unit, low, high = KINDS[sensor.kind]
        values = year.readings[sensor.equipment, sensor.code].value

        assert sensor.unit == unit
        assert low <= values.min() <= values.max() <= high


def test_readings_come_at_most_once_an_hour_with_gaps_between(year: SamplePlant) -> None:
    for series in (s for (tag, _), s in year.readings.items() if tag != "H-403"):
        steps = np.diff(series.at)

        assert (steps >= HOUR).all()
        assert (steps > HOUR).any()


def test_a_machine_stands_from_its_failure_until_it_is_repaired(year: SamplePlant) -> None:
    repaired = 0
    for failure in year.failures:
        repair = next(
            (s.at for s in year.services if s.tag == failure.tag and s.at > failure.at), None
        )
        current = year.readings[failure.tag, "motor_current"]
        standing = (current.at >= micros(failure.at)) & (current.at <= micros(repair or year.end))
        repaired += repair is not None

        assert (current.value[standing] < 5.0).all()

    assert repaired >= len(year.failures) - 3


def test_every_repair_follows_a_failure_of_the_same_component(year: SamplePlant) -> None:
    failed = {(f.tag, f.component): [] for f in year.failures}
    for failure in year.failures:
        failed[failure.tag, failure.component].append(failure.at)

    for service in year.services:
        if not service.planned:
            assert service.component
            assert service.condition_found == "failed"
            assert any(at < service.at for at in failed[service.tag, service.component])


def test_a_component_does_not_wear_out_again_within_a_month_of_its_renewal(
    year: SamplePlant,
) -> None:
    renewals = {}
    for service in year.services:
        renewals.setdefault((service.tag, service.component), []).append(service.at)

    for failure in year.failures:
        before = [
            at for at in renewals.get((failure.tag, failure.component), []) if at < failure.at
        ]
        if before and failure.onset_at is not None:
            assert failure.at - max(before) > timedelta(days=30)


def test_planned_services_find_good_and_worn_parts_and_at_times_damage(year: SamplePlant) -> None:
    found = Counter(s.condition_found for s in year.services if s.planned)

    assert set(found) == {"good", "worn", "degraded"}
    assert found["degraded"] < found["worn"]


def test_damage_raises_its_own_warnings_and_leaves_others_alone(year: SamplePlant) -> None:
    onsets = [(f.tag, f.onset_at, f.at) for f in year.failures if f.onset_at is not None]
    days = sum((at - onset).total_seconds() for _, onset, at in onsets) / 86_400

    def rate_near_failures(kind: str) -> float:
        hits = [e for e in year.events if e.code.startswith(kind) and near(e.tag, e.at)]
        return len(hits) / days

    def near(tag: str, at: datetime) -> bool:
        return any(tag == t and onset <= at <= end for t, onset, end in onsets)

    def rate_overall(kind: str) -> float:
        return sum(e.code.startswith(kind) for e in year.events) / (24 * 365)

    assert rate_near_failures("W") > 5 * rate_overall("W")
    assert rate_near_failures("E") < 2 * rate_overall("E")


def test_a_stuck_sensor_repeats_one_value_from_the_middle_of_the_year(year: SamplePlant) -> None:
    series = year.readings["P-102", "bearing_temperature"]
    late = series.at > micros(year.start + timedelta(days=183))

    assert len(np.unique(series.value[late])) == 1
    assert len(np.unique(series.value[~late])) > 1_000


def test_a_new_machine_has_ten_days_of_readings(year: SamplePlant) -> None:
    plate = next(row for row in year.equipment if row.tag == "H-403")
    first = year.readings["H-403", "vibration"].at[0]

    assert plate.installed_on == (year.end - timedelta(days=10)).date()
    assert first > micros(year.end - timedelta(days=10))


def test_tables_are_in_time_order(year: SamplePlant) -> None:
    for table in (year.events, year.services, year.failures):
        assert all(a.at <= b.at for a, b in pairwise(table))


def test_schedules_remember_their_last_service(year: SamplePlant) -> None:
    planned = {
        (s.tag, s.component): s.at.date() for s in year.services if s.planned and s.component
    }
    last = {(row.tag, row.component): row.last_done_on for row in year.schedules}

    assert planned
    assert all(last[key] >= on for key, on in planned.items())


def test_a_naive_end_is_refused() -> None:
    naive = datetime(2026, 11, 20, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="aware end"):
        generate(end=naive)
