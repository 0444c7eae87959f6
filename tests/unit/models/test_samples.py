"""Rows at decision times, the same whatever the machine is called and whatever comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.features import feature_names
from models.history import HistoryError, Intervals, MachineHistory
from models.samples import NoReadings, at_normal, build_sample, decision_times, role_now

DAY = 24 * 3_600_000_000


def test_there_is_one_row_per_decision_and_the_last_is_the_newest(small_history, small_spec):
    sample = build_sample(small_history, small_spec)

    assert set(np.diff(sample.at)) == {DAY}
    assert set(sample.at % DAY) == {small_spec.decision_us}
    assert sample.at[sample.newest] == small_history.until
    assert sample.X.shape == (len(sample.at), len(feature_names(small_spec)))


def test_a_run_by_hand_forecasts_from_the_last_whole_step(small_history, small_spec):
    noon = small_history.until - DAY + 7 * 3_600_000_000

    at = decision_times(small_history.as_of(noon), small_spec)

    assert at[-1] == small_history.until - DAY + small_spec.step_us
    assert at[-2] == small_history.until - DAY


def test_a_machine_that_was_never_read_is_named(small_spec):
    empty = MachineHistory("P-9", "pump", until=10 * DAY)

    with pytest.raises(NoReadings, match="P-9"):
        build_sample(empty, small_spec)


def test_a_history_that_knows_the_future_is_refused(small_history, small_spec):
    leaking = replace(small_history, until=small_history.until - DAY)

    with pytest.raises(HistoryError, match="later"):
        build_sample(leaking, small_spec)


def test_a_machine_read_for_the_first_time_within_this_step_has_one_empty_row(
    small_history, small_spec
):
    first_at = small_history.first_at
    sample = build_sample(small_history.as_of(first_at + 1), small_spec)

    assert len(sample.at) == 1
    assert np.isnan(sample.X[0, 0])


def test_renaming_a_machine_changes_nothing(small_history, small_spec):
    one = build_sample(small_history, small_spec)
    other = build_sample(replace(small_history, tag="X-999"), small_spec)

    assert np.array_equal(one.X, other.X, equal_nan=True)


def test_rows_before_a_cut_are_those_of_the_history_cut_there(small_history, small_spec):
    cut_at = small_history.until - 50 * DAY

    whole = build_sample(small_history, small_spec).as_of(cut_at)

    cut = build_sample(small_history.as_of(cut_at), small_spec)
    assert np.array_equal(whole.at, cut.at)
    assert np.array_equal(whole.X, cut.X, equal_nan=True)
    for mode in small_spec.mode_codes:
        assert np.array_equal(whole.labels[mode].duration, cut.labels[mode].duration)
        assert np.array_equal(whole.labels[mode].kind, cut.labels[mode].kind)
        assert np.array_equal(whole.lives[mode].durations, cut.lives[mode].durations)
        assert np.array_equal(whole.lives[mode].events, cut.lives[mode].events)


def test_moving_the_clock_of_the_plant_moves_nothing_else(small_history, small_spec):
    """The hour of the day is told nowhere: six hours later is the same machine."""
    later = 6 * 3_600_000_000
    moved = replace(
        small_history,
        until=small_history.until + later,
        installed_at=small_history.installed_at + later,
        readings={r: replace(s, at=s.at + later) for r, s in small_history.readings.items()},
        events=replace(small_history.events, at=small_history.events.at + later),
        services=replace(small_history.services, at=small_history.services.at + later),
        failures=replace(small_history.failures, at=small_history.failures.at + later),
    )

    one = build_sample(small_history, small_spec)
    other = build_sample(moved, replace(small_spec, decision_us=small_spec.decision_us + later))

    assert np.array_equal(one.X, other.X, equal_nan=True)


def test_a_machine_that_stands_says_since_when(small_history, small_spec):
    stopped = small_history.until - 3 * DAY
    running = Intervals(np.array([small_history.first_at - DAY]), np.array([stopped]))

    sample = build_sample(replace(small_history, running=running), small_spec)

    assert sample.standing_since == stopped
    assert not sample.labels["bearing"].at_risk[sample.newest]


def test_a_machine_that_runs_stands_since_never(small_history, small_spec):
    assert build_sample(small_history, small_spec).standing_since is None


def test_at_its_normal_a_group_is_quiet_and_the_others_stay(small_history, small_spec):
    sample = build_sample(small_history, small_spec)
    row = sample.X[sample.newest]

    calm = at_normal(row, sample.names, "role:temperature", sample.baselines)

    value = {str(n): v for n, v in zip(sample.names, calm, strict=True)}
    group = np.array([name.group == "role:temperature" for name in sample.names])
    assert value["temperature.deviation.4"] == 0.0
    assert value["temperature.slope.12"] == 0.0
    assert value["temperature.mean.4"] == pytest.approx(sample.baselines["temperature"].center)
    assert np.array_equal(calm[~group], row[~group], equal_nan=True)


def test_a_young_component_has_age_zero(small_history, small_spec):
    sample = build_sample(small_history, small_spec)

    young = at_normal(sample.X[-1], sample.names, "age:seal", sample.baselines)

    assert young[[str(n) for n in sample.names].index("seal.age")] == 0.0


def test_the_present_value_is_near_the_normal_of_a_healthy_pump(small_history, small_spec):
    sample = build_sample(small_history.as_of(small_history.until - 100 * DAY), small_spec)

    assert role_now(sample, "vibration").value == pytest.approx(2.0, abs=0.2)


def test_the_fleet_of_the_tests_fails_and_is_replaced(fleet_of_histories, small_spec):
    samples = [build_sample(history, small_spec) for history in fleet_of_histories]

    for mode in small_spec.mode_codes:
        failed = [sample.lives[mode].events.sum() for sample in samples]
        lived = [len(sample.lives[mode].events) for sample in samples]
        assert sum(failed) >= 20
        assert sum(lived) > sum(failed) + len(samples)
