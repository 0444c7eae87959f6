"""Readings on steps (start, end]; gaps stay gaps."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.grid import build_grid
from models.history import Intervals, MachineHistory, Series
from models.spec import ClassSpec, RoleSpec

SPEC = ClassSpec(
    "pump",
    (RoleSpec("v", "Vibration", "mm/s"),),
    step_us=10,
    decision_us=0,
    review_steps=1,
    windows=(1,),
    horizons=(1,),
)


def instants(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64)


def steps_of(series: Series, until: int, running: Intervals | None = None):
    history = MachineHistory("P-1", "pump", until, readings={"v": series}, running=running)
    return build_grid(history, SPEC, until).roles["v"]


def test_a_reading_at_a_steps_end_belongs_to_that_step():
    steps = steps_of(Series(instants(1, 10, 11), np.array([1.0, 3.0, 7.0])), until=20)

    assert steps.mean.tolist() == [2.0, 7.0]
    assert steps.low.tolist() == [1.0, 7.0]
    assert steps.high.tolist() == [3.0, 7.0]
    assert steps.count.tolist() == [2, 1]


def test_a_step_without_readings_is_missing_and_not_filled():
    steps = steps_of(Series(instants(5, 25), np.array([1.0, 3.0])), until=30)

    assert steps.count.tolist() == [1, 0, 1]
    assert np.isnan(steps.mean).tolist() == [False, True, False]


def test_a_missing_value_is_no_reading():
    steps = steps_of(Series(instants(5, 6), np.array([1.0, math.nan])), until=10)

    assert steps.mean.tolist() == [1.0]
    assert steps.count.tolist() == [1]


def test_a_reading_after_the_last_whole_step_waits():
    steps = steps_of(Series(instants(5, 15), np.array([1.0, 9.0])), until=10)

    assert steps.mean.tolist() == [1.0]


def test_aggregates_are_weighted_by_their_count_and_keep_their_extremes():
    hours = Series(
        instants(5, 10),
        np.array([1.0, 4.0]),
        low=np.array([0.0, 3.0]),
        high=np.array([2.0, 9.0]),
        count=np.array([1.0, 3.0]),
    )

    steps = steps_of(hours, until=10)

    assert steps.mean.tolist() == [(1 * 1 + 3 * 4) / 4]
    assert (steps.low[0], steps.high[0], steps.count[0]) == (0.0, 9.0, 4.0)


def test_a_step_in_which_the_machine_mostly_stood_is_empty():
    running = Intervals(instants(0, 26), instants(20, 40))
    every = Series(instants(5, 15, 25, 35), np.array([1.0, 2.0, 3.0, 4.0]))

    steps = steps_of(every, until=40, running=running)

    assert np.isnan(steps.mean).tolist() == [False, False, True, False]


@given(
    readings=st.dictionaries(
        st.integers(min_value=1, max_value=95),
        st.floats(min_value=-1e6, max_value=1e6),
        min_size=1,
    )
)
def test_every_step_agrees_with_a_plain_loop(readings):
    at = instants(*sorted(readings))
    value = np.array([readings[int(t)] for t in at])
    by_end = defaultdict(list)
    for t in sorted(readings):
        by_end[math.ceil(t / 10) * 10].append(readings[t])
    ends = range(math.ceil(int(at[0]) / 10) * 10, 101, 10)

    steps = steps_of(Series(at, value), until=100)

    assert steps.count.tolist() == [len(by_end[end]) for end in ends]
    for k, end in enumerate(ends):
        if by_end[end]:
            assert math.isclose(steps.mean[k], np.mean(by_end[end]), rel_tol=1e-9, abs_tol=1e-6)
            assert (steps.low[k], steps.high[k]) == (min(by_end[end]), max(by_end[end]))
