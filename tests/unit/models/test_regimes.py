"""Operating points are found where there are some, and taken out without hiding wear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measuring.fans import (
    HEAT,
    POINTS,
    SPEC,
    VIBRATION,
    Fan,
    fan,
    fleet,
    regimes_of,
)
from models.engines import SerialEngine
from models.fleet import survey_machines
from models.history import Intervals, MachineHistory, Series
from models.regimes import UNKNOWN, Regimes, RoleRegimes
from models.role_regimes import polish
from models.samples import build_sample
from models.spec import HOUR_US, ClassSpec
from models.splits import forward_folds
from models.surveys import MACHINE_STEPS, fit_regimes, steps_each, survey_of
from models.training import MachineTask
from tests.unit.models.learned_fleet import task

TWO = Regimes(
    conditions=("speed",),
    middle=(100.0,),
    scale=(10.0,),
    points=((-1.0,), (3.0,)),  # 90 and 130
    roles=(RoleRegimes("heat", (40.0, 60.0), (1.0, 4.0), ((0.0,), (2.0,)), 45.0, 2.0, 8.0),),
)


@pytest.fixture(scope="module")
def fans() -> list[Fan]:
    return fleet()


@pytest.fixture(scope="module")
def found(fans: list[Fan]) -> Regimes:
    regimes = regimes_of(fans)
    assert regimes is not None
    return regimes


def with_regimes(regimes: Regimes | None, spec: ClassSpec = SPEC) -> ClassSpec:
    return replace(spec, regimes=regimes)


def deviations(one: Fan, spec: ClassSpec, role: str = "vibration", window: int = 24) -> np.ndarray:
    sample = build_sample(one.history, spec)
    names = [str(name) for name in sample.names]
    return sample.X[:, names.index(f"{role}.deviation.{window}")]


# --- by hand


def test_a_step_belongs_to_the_nearest_point_and_to_none_when_a_condition_is_missing():
    speeds = np.array([[88.0], [109.0], [111.0], [400.0], [np.nan]])

    assert TWO.assign(speeds).tolist() == [0, 0, 1, 1, UNKNOWN]


def test_a_value_is_told_as_a_typical_regime_would_show_it():
    way = TWO.steadying(np.array([[90.0], [130.0], [135.0], [np.nan]]))["heat"]

    told = way.steady(np.array([41.0, 64.0, 65.0, 53.0]))

    # (41-40)/1, (64-60)/4, (65-60-0.5*2)/4 and, where nobody knows, (53-45)/8 spreads: one each.
    assert told.tolist() == [47.0, 47.0, 47.0, 47.0]


def test_medians_are_split_into_machines_and_regimes_whatever_is_missing():
    levels, effects = np.array([0.0, 2.0, -1.0]), np.array([-3.0, 0.0, 5.0])
    table = levels[:, None] + effects
    table[0, 2] = table[2, 0] = np.nan

    got_levels, got_effects = polish(table)

    assert got_levels == pytest.approx(levels, abs=1e-9)
    assert got_effects == pytest.approx(effects, abs=1e-9)


# --- finding them


def test_six_operating_points_are_found_where_they_are(found: Regimes):
    points = np.array(found.points) * found.scale + np.array(found.middle)

    distance = np.abs(points[:, None] - POINTS) / (8.0, 1.0)
    assert len(found) == 6
    assert sorted(distance.max(axis=2).argmin(axis=1)) == [0, 1, 2, 3, 4, 5]
    assert distance.max(axis=2).min(axis=1).max() < 0.2


def test_what_a_role_reads_in_each_regime_is_net_of_the_machines(found: Regimes):
    """Truth is known up to the level of a typical machine, here below 0.3."""
    points = np.array(found.points) * found.scale + np.array(found.middle)
    order = np.abs(points[:, None] - POINTS).sum(axis=2).argmin(axis=1)
    vibration, heat = found.roles

    assert vibration.centers - VIBRATION[order] == pytest.approx(
        np.full(6, np.mean(vibration.centers - VIBRATION[order])), abs=0.02
    )
    assert np.ptp(heat.centers - HEAT[order]) < 0.3
    assert vibration.spreads == pytest.approx(np.full(6, 0.1), rel=0.1)


@pytest.mark.parametrize("shape", ["normal", "uniform", "exponential", "lognormal"])
def test_a_load_that_varies_evenly_is_one_regime(shape: str, fans: list[Fan]):
    random = np.random.default_rng(7)
    changed = []
    for one in fans:
        readings = dict(one.history.readings)
        for role in ("speed", "load"):
            values = getattr(random, shape)(size=len(readings[role].at))
            readings[role] = Series(readings[role].at, values)
        changed.append(Fan(replace(one.history, readings=readings), one.point))

    assert regimes_of(changed) is None


def test_conditions_that_never_move_are_one_regime(fans: list[Fan]):
    stuck = []
    for one in fans:
        series = one.history.readings["speed"]
        still = Series(series.at, np.full(len(series.at), 900.0))
        readings = {**one.history.readings, "speed": still, "load": still}
        stuck.append(Fan(replace(one.history, readings=readings), one.point))

    assert regimes_of(stuck) is None


def test_a_class_hardly_seen_has_one_regime():
    assert fit_regimes(SPEC, []) is None
    assert regimes_of([fan("F-1", seed=1, days=4)]) is None


def test_order_and_names_of_machines_change_nothing(fans: list[Fan], found: Regimes):
    renamed = [Fan(replace(one.history, tag=f"X{k}"), one.point) for k, one in enumerate(fans)]

    assert regimes_of(renamed[::-1]) == found


def test_only_steps_before_the_first_origin_of_the_back_test_are_looked_at(found: Regimes):
    fans = fleet(4, days=200)
    surveys = [survey_of(one.history, SPEC, 5000) for one in fans]
    origin = forward_folds(SPEC, surveys[0].first_at, surveys[0].until)[0].origin
    later = []
    for survey in surveys:
        values = np.where((survey.at > origin)[:, None], 1e6, survey.values)
        later.append(replace(survey, values=values))

    assert fit_regimes(SPEC, later) == fit_regimes(SPEC, surveys) != found


def test_only_classes_that_tell_how_they_run_are_surveyed(fans: list[Fan]):
    quiet = replace(SPEC, code="pump", roles=SPEC.roles[:2])
    never = MachineHistory("F-9", "fan", until=HOUR_US)
    read: list[str] = []

    def load() -> MachineHistory:
        read.append("P-1")
        return fans[2].history

    tasks = [
        task(fans[0].history, SPEC),
        task(fans[1].history, SPEC),
        task(never, SPEC),
        MachineTask("P-1", load, quiet),
    ]

    surveys = list(survey_machines(tasks, SerialEngine()))

    assert [survey.class_code for survey in surveys] == ["fan", "fan"]
    assert [len(survey.at) for survey in surveys] == [len(fans[0].point)] * 2
    assert read == []


def test_a_survey_is_bounded_and_knows_its_conditions(fans: list[Fan]):
    history = fans[0].history
    speed = history.readings["speed"].value.copy()
    speed[:100] = np.nan
    readings = {**history.readings, "speed": Series(history.readings["speed"].at, speed)}

    survey = survey_of(replace(history, readings=readings), SPEC, 500)

    assert len(survey.at) == 500
    assert survey.at[0] > 100 * HOUR_US
    assert np.isfinite(survey.conditions).all()
    assert (steps_each(1), steps_each(50), steps_each(10**9)) == (MACHINE_STEPS, 1000, 1)


FORK_PROBE = """
from models.engines.pool import _may_fork
from benchmarks.measuring.fans import fleet, regimes_of
before = _may_fork()
print(before, len(regimes_of(fleet(2))), _may_fork())
"""


def test_finding_regimes_leaves_a_process_that_may_fork_its_workers():
    """The night finds them between two passes; after an OpenMP region none would be forked."""
    threads = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    root = Path(__file__).parents[3]

    ran = subprocess.run(
        [sys.executable, "-c", FORK_PROBE],
        cwd=root,
        env=threads,
        capture_output=True,
        text=True,
        check=True,
    )

    before, found, after = ran.stdout.split()
    assert (before, found) == (after, "6")


# --- what they change


def test_without_regimes_not_a_bit_changes(fans: list[Fan]):
    once, never = with_regimes(None), replace(SPEC)

    one, other = (build_sample(fans[0].history, spec) for spec in (once, never))

    assert one.X.tobytes() == other.X.tobytes()
    assert once.settings_hash() == never.settings_hash()


def test_a_class_with_regimes_has_other_settings(found: Regimes):
    assert with_regimes(found).settings_hash() != SPEC.settings_hash()
    assert hash(with_regimes(found)) == hash(with_regimes(Regimes.from_json(found.to_json())))


def test_a_machine_of_many_regimes_looks_like_one_of_a_single_regime(found: Regimes):
    many = deviations(fan("F-8", seed=8), with_regimes(found))
    single = deviations(fan("F-9", seed=9, points=(3,)), SPEC)
    raw = deviations(fan("F-8", seed=8), SPEC, window=4)

    many, single = many[np.isfinite(many)], single[np.isfinite(single)]
    assert np.median(np.abs(many)) < 2 * np.median(np.abs(single)) < 0.5
    assert np.nanmax(np.abs(raw)) > 1.0  # what a look at the bare sensor would have called far


def test_wear_shows_inside_regimes(found: Regimes):
    steps = np.arange(60 * 24)
    wear = np.where(steps > 40 * 24, (steps - 40 * 24) / (20 * 24), 0.0)  # 1.0 mm/s at the end

    worn = deviations(fan("F-8", seed=8, wear=wear), with_regimes(found))
    healthy = deviations(fan("F-8", seed=8), with_regimes(found))

    assert worn[-1] == pytest.approx(1.0 / 0.1, rel=0.2)
    assert np.abs(healthy[-1]) < 1.0


def test_a_speed_sensor_that_fails_neither_blinds_nor_indicts(found: Regimes):
    one = fan("F-8", seed=8)
    speed = one.history.readings["speed"]
    dead = np.where(np.arange(len(speed.at)) > 40 * 24, np.nan, speed.value)
    readings = {**one.history.readings, "speed": Series(speed.at, dead)}
    blind = Fan(replace(one.history, readings=readings), one.point)

    told = deviations(blind, with_regimes(found))

    assert np.isfinite(told[-10:]).all()
    assert np.abs(told[-10:]).max() < 3.0


def test_values_stay_in_the_unit_of_the_sensor(found: Regimes):
    sample = build_sample(fan("F-8", seed=8).history, with_regimes(found))

    normal = sample.baselines["vibration"]
    assert normal is not None
    assert 1.0 < normal.center < 6.0
    assert normal.spread == pytest.approx(0.1, rel=0.3)
    assert sample.now["vibration"].value == pytest.approx(normal.center, abs=0.4)


def test_deleting_the_future_changes_no_row(found: Regimes):
    whole = build_sample(fan("F-8", seed=8).history, with_regimes(found))
    cut_at = int(whole.at[30])

    cut = build_sample(fan("F-8", seed=8).history.as_of(cut_at), with_regimes(found))

    assert np.array_equal(whole.X[:31], cut.X, equal_nan=True)


def test_steps_in_which_the_machine_stood_are_no_regime(fans: list[Fan]):
    history = fans[0].history
    running = Intervals(np.array([0]), np.array([20 * 24 * HOUR_US]))

    survey = survey_of(replace(history, running=running), SPEC, 4000)

    assert survey.at[-1] == 20 * 24 * HOUR_US


def test_regimes_come_back_from_json_as_they_were(found: Regimes):
    assert Regimes.from_json(json.loads(json.dumps(found.to_json()))) == found
