"""Rows whose truth is known, and average precision against two other ways to work it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from benchmarks.measuring.record import Part, Record
from benchmarks.measuring.row_scores import (
    Rows,
    average_precisions,
    judged_rows,
    precision_scores,
)
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import CENSORED, CONFIRMED_FAULT, FAILURE

HORIZON = 10 * DAY_US


def record(day: float, kind: int) -> Record:
    part = Part(
        machine=7,
        class_code="pump",
        mode="seal",
        since=0,
        born_at=None,
        ends=np.array([round(day * DAY_US)]),
        kinds=np.array([kind], dtype=np.int8),
        is_repair=np.array([False]),
    )
    return Record((7,), (part,), (), (), 100 * DAY_US)


@pytest.mark.parametrize(
    ("kind", "day", "truth"),
    [
        (FAILURE, 30, [True]),
        (CONFIRMED_FAULT, 30, [True]),
        (CENSORED, 29, []),
        (CENSORED, 31, [False]),
        (FAILURE, 20, []),
        (FAILURE, 19, [False]),
    ],
    ids=["fails", "fault found", "renewed before", "after", "at the very night", "failed before"],
)
def test_the_truth_of_a_row_ten_days_ahead_of_day_20(
    kind: int, day: float, truth: list[bool]
) -> None:
    rows = judged_rows(record(day, kind), [20 * DAY_US], HORIZON)

    assert rows.failed.tolist() == truth


def test_nights_before_the_first_reading_and_near_the_end_have_no_row() -> None:
    rows = judged_rows(record(50, FAILURE), [-DAY_US, 91 * DAY_US], HORIZON)

    assert rows.keys == ()


def test_silence_counts_as_no_risk() -> None:
    rows = judged_rows(record(50, FAILURE), [20 * DAY_US, 45 * DAY_US], HORIZON)

    assert rows.risks({(7, "seal", 45 * DAY_US): 0.4}).tolist() == [0.0, 0.4]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), min_size=1, max_size=40
    ),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_weights_are_rows_that_are_there_several_times(
    drawn: list[tuple[int, int, bool]], weights: list[int]
) -> None:
    machine = np.array([m for m, _, _ in drawn], dtype=np.intp)
    risks = np.array([risk / 5 for _, risk, _ in drawn])
    failed = np.array([f for _, _, f in drawn])
    times = np.array(weights)[machine]
    rows = Rows((), machine, failed)

    told = average_precisions(rows, risks, np.array([weights]))[0]

    if not (failed & (times > 0)).any():
        assert np.isnan(told)
    else:
        repeated = np.repeat(failed, times), np.repeat(risks, times)
        assert told == pytest.approx(average_precision_score(*repeated))


def test_the_interval_lies_around_the_value() -> None:
    rng = np.random.default_rng(1)
    machine = np.repeat(np.arange(20), 15)
    risks = rng.random(300)
    told = precision_scores(Rows((), machine, rng.random(300) < risks), risks, 20)

    low, high = told["ap_interval_90"]
    assert low < told["ap"] < high


def test_without_an_event_there_is_no_average_precision() -> None:
    told = precision_scores(Rows((), np.zeros(2, np.intp), np.zeros(2, bool)), np.zeros(2), 1)

    assert told == {"ap": None, "ap_interval_90": None}
