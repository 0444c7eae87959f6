"""When a normal moves, worked out by hand: after work that brings it, never with wear."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import Features, build_features
from models.history import Failures, MachineHistory, Series, Services
from models.normals import Baseline
from models.outcomes import clocks_of
from models.repairs import repair_notes, repair_sentence
from models.samples import build_sample
from models.spec import HOUR_US, ClassSpec, RoleSpec

# Every step is 10 long; a normal takes 4 steps: centre 2.5 and spread 1.4826 of 1, 2, 3, 4.
SPEC = ClassSpec(
    "pump",
    (
        RoleSpec("part", "Bearing temperature", "degC", component="bearing"),
        RoleSpec("whole", "Vibration", "mm/s", is_comparable=True),
        RoleSpec("load", "Load", "%", is_condition=True),
    ),
    step_us=10,
    decision_us=0,
    review_steps=1,
    windows=(1, 3),
    horizons=(1,),
    modes=("bearing", "seal"),
    baseline_steps=4,
)
FIRST = [1.0, 2.0, 3.0, 4.0]
SPREAD = 1.4826


def instants(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64)


def services(at: int, component: str) -> Services:
    return Services(instants(at), np.array([component]), np.ones(1, bool), np.array([""]))


def machine(values: list[float], **parts) -> MachineHistory:
    """One reading per step, at its end: 10, 20, ...; every role sees the same values."""
    at = 10 * np.arange(1, len(values) + 1, dtype=np.int64)
    series = Series(at, np.array(values, dtype=float))
    readings = dict.fromkeys(SPEC.role_codes, series)
    return MachineHistory("P-1", "pump", int(at[-1]), readings, **parts)


def told(history: MachineHistory) -> Features:
    at = np.arange(10, history.until + 1, 10, dtype=np.int64)
    return build_features(history, SPEC, clocks_of(history, SPEC.mode_codes), at)


def column(features: Features, name: str) -> np.ndarray:
    return features.X[:, [str(n) for n in features.names].index(name)]


# --- the part a role looks at


def test_a_new_part_starts_windows_anew_and_its_normal_when_complete():
    values = [*FIRST, 9.0, 4.0, 5.0, 6.0, 7.0, 8.0]  # replaced in the step that ends at 50

    features = told(machine(values, services=services(45, "bearing")))

    means = column(features, "part.deviation.3") * SPREAD + 2.5
    # Rows 4 and 5 see only the steps since; the mixed step at 50 belongs to no part.
    assert np.isnan(means[4])
    assert means[5:8] == pytest.approx([4.0, 4.5, 5.0], abs=1e-5)
    # From row 8 (4, 5, 6, 7 known) the new normal counts: centre 5.5, the same spread.
    deviations = column(features, "part.deviation.3")
    assert deviations[8] == pytest.approx((6.0 - 5.5) / SPREAD)
    assert features.baselines["part"] == Baseline(5.5, pytest.approx(SPREAD), 60, 90, 4)
    assert features.now["part"].repair is None


def test_other_roles_and_other_parts_go_on():
    values = [*FIRST, 9.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    plain = told(machine(values))

    of_seal = told(machine(values, services=services(45, "seal")))
    of_bearing = told(machine(values, services=services(45, "bearing")))

    for name in ("part.deviation.3", "whole.mean.3", "whole.deviation.3"):
        assert np.array_equal(column(of_seal, name), column(plain, name), equal_nan=True)
    for name in ("whole.mean.3", "whole.deviation.3", "load.own_slope.3"):
        assert np.array_equal(column(of_bearing, name), column(plain, name), equal_nan=True)


def test_a_row_at_the_moment_of_the_work_does_not_know_of_it():
    history = machine([*FIRST, 5.0, 6.0], services=services(50, "bearing"))

    windows = column(told(history), "part.deviation.3") * SPREAD + 2.5

    assert windows[4] == pytest.approx((3.0 + 4.0 + 5.0) / 3)
    assert windows[5] == pytest.approx(6.0)


def test_a_failure_of_the_part_begins_a_new_life_as_its_clock_says():
    history = machine([*FIRST, 5.0, 6.0], failures=Failures(instants(45), np.array(["bearing"])))

    windows = column(told(history), "part.deviation.3") * SPREAD + 2.5

    assert windows[5] == pytest.approx(6.0)


def test_a_part_with_short_lives_still_has_a_normal():
    twice = Services(instants(20, 50), np.full(2, "bearing"), np.ones(2, bool), np.full(2, ""))

    features = told(machine([*FIRST, 5.0, 6.0], services=twice))

    assert features.baselines["part"] == Baseline(2.5, pytest.approx(SPREAD), 10, 40, 4)


# --- the whole machine


def test_an_overhaul_breaks_no_window_and_brings_a_new_normal_when_it_is_complete():
    values = [*FIRST, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0]
    plain = told(machine(values))

    features = told(machine(values, overhauls=instants(50)))

    before, after = (column(f, "whole.deviation.3") for f in (plain, features))
    assert np.array_equal(column(features, "whole.mean.3"), column(plain, "whole.mean.3"))
    assert np.array_equal(before[:8], after[:8], equal_nan=True)
    # 4, 5, 6, 7 since the overhaul: centre 5.5, 3 away from 2.5 and within 3 x 1.4826.
    assert after[8] == pytest.approx((6.0 - 5.5) / SPREAD)
    assert features.baselines["whole"].center == 5.5


def test_a_machine_that_comes_back_far_from_its_normal_is_not_healthy_in_a_new_way():
    values = [*FIRST, 3.0, 11.0, 12.0, 13.0, 14.0, 12.0]
    plain = told(machine(values))

    features = told(machine(values, overhauls=instants(50)))

    deviations = column(features, "whole.deviation.3")
    assert np.array_equal(deviations, column(plain, "whole.deviation.3"), equal_nan=True)
    assert features.baselines["whole"].center == 2.5
    said = features.now["whole"].repair
    assert said is not None
    assert (said.renewed_at, said.is_overhaul, said.value, said.center) == (50, True, 12.5, 2.5)
    assert said.spread == pytest.approx(SPREAD)


@pytest.mark.parametrize(("shift", "is_accepted"), [(4.44, True), (4.46, False), (-4.46, False)])
def test_three_spreads_either_way_are_accepted(shift: float, is_accepted: bool):
    values = [*FIRST, 0.0, *(v + shift for v in FIRST)]  # 3 x 1.4826 = 4.4478

    features = told(machine(values, overhauls=instants(45)))

    assert (features.now["whole"].repair is None) == is_accepted
    assert features.baselines["whole"].center == pytest.approx(2.5 + is_accepted * shift)


def test_what_the_load_does_after_an_overhaul_is_no_repair_to_check():
    features = told(machine([*FIRST, 0.0, 21.0, 22.0, 23.0, 24.0], overhauls=instants(45)))

    assert features.now["whole"].repair is not None
    assert features.now["load"].repair is None


def test_the_next_work_asks_anew():
    values = [*FIRST, 0.0, 21.0, 22.0, 23.0, 24.0, 0.0, 2.0, 3.0, 4.0, 5.0]

    waiting = told(machine(values[:12], overhauls=instants(45, 95)))
    done = told(machine(values, overhauls=instants(45, 95)))

    assert waiting.now["whole"].repair is None
    assert waiting.baselines["whole"].center == 2.5
    assert done.now["whole"].repair is None
    assert done.baselines["whole"].center == 3.5


def test_an_exchanged_sensor_has_no_old_normal_to_compare_with():
    values = [*FIRST, 0.0, 21.0, 22.0, 23.0, 24.0]
    history = machine(values, overhauls=instants(45), role_restarts={"whole": instants(45)})

    features = told(history)

    assert features.baselines["whole"].center == 22.5
    assert features.now["whole"].repair is None
    assert np.isnan(column(features, "whole.deviation.1")[4:8]).all()


def test_a_normal_that_never_moved_refuses_nothing():
    features = told(machine([5.0] * 5 + [8.0] * 4, overhauls=instants(45)))

    assert features.baselines["whole"].center == 8.0


def test_wear_never_moves_a_normal():
    values = [*FIRST, *(2.5 + 0.05 * k for k in range(60))]

    features = told(machine(values, failures=Failures(instants(300), np.array(["seal"]))))

    assert features.baselines["whole"].center == 2.5
    assert column(features, "whole.deviation.1")[-1] == pytest.approx(0.05 * 59 / SPREAD)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(-30, 30).map(float) | st.just(math.nan), min_size=2, max_size=24),
    works=st.lists(st.integers(1, 240), max_size=4, unique=True),
    keep=st.integers(1, 24),
)
def test_deleting_the_future_changes_no_row(values, works, keep):
    at = np.sort(instants(*works))
    parts = {
        "overhauls": at[::2],
        "services": Services(
            at, np.full(len(at), "bearing"), np.ones(len(at), bool), np.full(len(at), "")
        ),
        "role_restarts": {"whole": at[1::3]},
    }
    whole = replace(machine(values, **parts), until=1000).as_of(10 * len(values))
    keep = min(keep, len(values))

    now, then = told(whole), told(whole.as_of(10 * keep))

    assert np.array_equal(now.X[:keep], then.X, equal_nan=True)


def test_overhauls_of_the_future_are_refused_and_cut_away():
    history = machine(FIRST, overhauls=instants(40))

    with pytest.raises(ValueError, match="overhauls"):
        history.check()
    assert len(history.as_of(40).overhauls) == 0


# --- what people are told


def test_the_sentence_says_what_to_check():
    values = [*FIRST, 0.0, 21.0, 22.0, 23.0, 24.0]
    spec = replace(SPEC, step_us=HOUR_US, mode_names={"bearing": "Bearing"})
    at = HOUR_US * np.arange(1, 10, dtype=np.int64) + 20_000 * 24 * HOUR_US
    series = Series(at, np.array(values))
    history = MachineHistory(
        "P-1",
        "pump",
        int(at[-1]),
        {"part": series, "whole": series},
        services=services(int(at[4]) - 1, "bearing"),
        overhauls=instants(int(at[4]) - 1),
    )

    both = repair_notes(build_sample(history, spec), spec)
    of_part = build_sample(replace(history, overhauls=instants()), spec)

    assert both[1] == (
        "Check the repair: Vibration 22.5 mm/s since the overhaul of 4 Oct 2024, normal 2.5 +- 1.5."
    )
    said = of_part.now["part"].repair
    assert said is not None
    assert "since Bearing was renewed on 4 Oct 2024, normal" in repair_sentence(
        spec.roles[0], spec, said
    )
    assert len(repair_notes(of_part, spec)) == 1
