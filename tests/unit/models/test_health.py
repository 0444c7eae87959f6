"""What the health rung takes home from a sample: deviations, healthy days, how much is known."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np

from models.health import has_normal, health_series, health_window, own_normals
from models.history import Failures, MachineHistory, Outcomes, Services
from models.samples import build_sample
from models.spec import ClassSpec, TypicalLife
from tests.unit.models.conftest import MONDAY, STEP, STEPS_PER_DAY, instants, pump

DAY = STEPS_PER_DAY * STEP


def peaceful(days: int) -> MachineHistory:
    """A pump to which nothing ever happens."""
    history = pump("P-1", days, seed=5)
    return replace(history, failures=Failures(), services=Services())


def failing(days: int, on_day: int) -> MachineHistory:
    """A pump whose bearing failed once, at 03:00."""
    at = MONDAY + on_day * DAY + STEP // 2
    return replace(peaceful(days), failures=Failures(instants(at), np.array(["bearing"])))


def test_deviations_are_those_of_the_longest_window_within_a_review(small_spec: ClassSpec):
    sample = build_sample(peaceful(40), small_spec)

    series = health_series(sample, small_spec)

    names = [str(name) for name in sample.names]
    assert health_window(small_spec) == 4
    assert [normal.code for normal in series.normals] == ["vibration", "temperature"]
    for k, role in enumerate(("vibration", "temperature")):
        told = sample.X[:, names.index(f"{role}.deviation.4")]
        assert np.array_equal(series.deviation[:, k], told, equal_nan=True)
    assert np.isnan(series.deviation[:9]).all()
    assert np.isfinite(series.deviation[11:]).all()


def test_condition_roles_tell_nothing_of_health(small_spec: ClassSpec):
    vibration, temperature = small_spec.roles
    spec = replace(small_spec, roles=(vibration, replace(temperature, is_condition=True)))

    series = health_series(build_sample(peaceful(40), spec), spec)

    assert [normal.code for normal in series.normals] == ["vibration"]
    assert series.deviation.shape[1] == 1


def test_the_last_horizon_is_not_yet_known_to_be_healthy(small_spec: ClassSpec):
    series = health_series(build_sample(peaceful(40), small_spec), small_spec)

    age = (series.as_of - series.at) / DAY
    assert np.array_equal(series.is_history, age > 7)  # 28 steps


def test_the_horizon_before_a_failure_is_not_healthy(small_spec: ClassSpec):
    series = health_series(build_sample(failing(80, on_day=50), small_spec), small_spec)

    before = (MONDAY + 50 * DAY + STEP // 2 - series.at) / DAY
    assert not series.is_history[(before > 0) & (before < 7)].any()
    assert series.is_history[
        (before > 7.5) | ((before < 0) & (series.at < series.as_of - 7 * DAY))
    ].all()


def test_an_entered_warning_time_reaches_further_back(small_spec: ClassSpec):
    entered = {"bearing": TypicalLife(400.0, warning_steps=80.0)}
    spec = replace(small_spec, typical_lives=entered)

    series = health_series(build_sample(failing(80, on_day=50), spec), spec)

    before = (MONDAY + 50 * DAY + STEP // 2 - series.at) / DAY
    assert not series.is_history[(before > 0) & (before < 20)].any()


def test_windows_that_reach_back_before_a_failure_tell_nothing(small_spec: ClassSpec):
    series = health_series(build_sample(failing(80, on_day=50), small_spec), small_spec)

    after = (series.at - (MONDAY + 50 * DAY + STEP // 2)) / DAY
    assert np.isnan(series.deviation[(after > 0) & (after < 1)]).all()
    assert np.isfinite(series.deviation[(after > 1)]).all()
    assert series.lives[after < 0].max() == 0
    assert series.lives[after > 0].min() == 1


def test_a_window_that_saw_a_bad_sensor_is_no_history(small_spec: ClassSpec):
    at = MONDAY + 50 * DAY
    bad = Outcomes(instants(at), np.array([""]), np.array(["dismissed:sensor_fault"]))

    series = health_series(
        build_sample(replace(peaceful(80), outcomes=bad), small_spec), small_spec
    )

    near = (at - series.at) / DAY
    assert not series.is_history[(near >= 0) & (near <= 3)].any()


def test_a_normal_counts_its_steps_until_it_is_complete(small_spec: ClassSpec):
    young = own_normals(build_sample(peaceful(6), small_spec), small_spec)
    grown = own_normals(build_sample(peaceful(40), small_spec), small_spec)

    assert not has_normal(young)
    assert has_normal(grown)
    assert [normal.known_steps for normal in young] == [25, 25]
    assert young[0].known_from == MONDAY + STEP
    assert [normal.known_steps for normal in grown] == [40, 40]
    assert all(normal.center is None for normal in young)


def test_an_exchanged_unit_starts_its_normal_anew(small_spec: ClassSpec):
    exchanged = replace(peaceful(40), restarts=instants(MONDAY + 38 * DAY))

    normals = own_normals(build_sample(exchanged, small_spec), small_spec)

    assert not has_normal(normals)
    assert [normal.known_steps for normal in normals] == [9, 9]
    assert normals[0].known_from == MONDAY + 38 * DAY + STEP


def test_two_years_travel_home_in_a_few_kilobytes(small_spec: ClassSpec):
    series = health_series(build_sample(peaceful(730), small_spec), small_spec)

    assert len(pickle.dumps(series)) < 16_000
