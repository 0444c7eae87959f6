"""Every rival makes our table, and who is missing is named."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from benchmarks.features import WINDOWS, absent, difference, make_case, summary
from benchmarks.measuring.compiled_windows import (
    HIGH,
    LOW,
    MEAN,
    SLOPE,
    STATISTICS,
    STD,
    each_window,
    sliding_extremes,
    sliding_sums,
)
from benchmarks.measuring.rolling import by_pandas, ours
from benchmarks.measuring.rolling_rivals import rivals
from benchmarks.measuring.whole_pass import whole_pass

STEPS = 200


@pytest.mark.parametrize("every", [1, 24])
@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_installed_rivals_make_our_table(every, gaps):
    case = make_case(1, STEPS, 2, every, gaps)
    wanted = ours(case.signals[0], case.stops, WINDOWS)
    found, missing = rivals()

    assert wanted.shape == (len(case.stops), 2 * len(WINDOWS) * STATISTICS)
    assert "pandas" in found
    assert all("forewarn[bench]" in reason for reason in missing.values())
    for rival in (rival for rival in found.values() if not rival.slow):
        assert difference(rival.run(case.signals[0], case.stops, WINDOWS), wanted) < 2e-6


@pytest.mark.parametrize("every", [1, 24])
def test_the_loops_to_be_compiled_make_our_table_as_plain_python(every):
    case = make_case(1, STEPS, 2, every, gaps=0.1)
    signals, stops = case.signals[0], case.stops
    given = (np.nanmean(signals, axis=1), stops, np.array(WINDOWS))
    anew = np.full((len(stops), 2, len(WINDOWS), STATISTICS), np.nan, np.float32)
    slid = anew.copy()

    each_window(signals, *given, anew)
    sliding_sums(signals, *given, slid)
    for sign in (1.0, -1.0):
        sliding_extremes(signals, sign, *given[1:], slid)

    wanted = ours(signals, stops, WINDOWS)
    assert difference(anew.reshape(len(stops), -1), wanted) < 2e-6
    assert difference(slid.reshape(len(stops), -1), wanted) < 2e-6


def test_the_table_is_that_of_the_textbook():
    signal = np.array([[1.0, 4.0, 2.0, 8.0]])

    told = by_pandas(signal, np.arange(1, 5), (3,)).reshape(4, STATISTICS)

    last = signal[0, 1:].tolist()
    assert told[3, [MEAN, LOW, HIGH]] == pytest.approx([14 / 3, 2.0, 8.0])
    assert told[3, STD] == pytest.approx(statistics.stdev(last))
    assert told[3, SLOPE] == pytest.approx(2.0)
    assert np.isnan(told[0, [STD, SLOPE]]).all()


def test_a_difference_is_relative_and_a_gap_on_one_side_is_infinite():
    wanted = np.array([[1.0, 100.0], [3.0, 100.0]], np.float32)

    assert difference(wanted + np.float32([[0.5, 0.0], [0.0, 0.0]]), wanted) == 0.25  # of mean 2
    assert difference(np.where(wanted == 3.0, np.nan, wanted), wanted) == float("inf")


def test_the_worst_case_counts_and_absent_rivals_do_not():
    told = {
        "daily": {
            "forewarn": {"ratio": 1.0, "difference": 0.0},
            "quick": {"ratio": 0.5, "difference": 1e-7},
        },
        "every_step": {"quick": {"ratio": 4.0, "difference": 2e-7}, "gone": absent("not here")},
    }

    found = summary(told)

    assert found == {
        "ratio_to_fastest": 2.0,
        "fastest": "quick, daily",
        "largest_difference": 2e-7,
    }
    assert summary({"daily": {"gone": absent("not here")}})["ratio_to_fastest"] is None


def test_the_whole_pass_is_measured_for_a_history_and_for_its_newest_row():
    told = whole_pass(STEPS, sensors=1, windows=WINDOWS, repeats=1)

    assert set(told) == {"daily_ms", "every_step_ms", "newest_row_ms"}
    assert min(told.values()) > 0
