"""Nothing later than `until`, and running time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.history import (
    Events,
    Failures,
    HistoryError,
    Intervals,
    MachineHistory,
    Outcomes,
    Series,
    Services,
)

UNTIL = 100


def instants(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64)


def texts(*of: str) -> np.ndarray:
    return np.array(of, dtype=np.str_)


def history(**parts) -> MachineHistory:
    return MachineHistory("P-1", "pump", UNTIL, **parts)


def one(table: str, at: int) -> MachineHistory:
    """A history with one record at `at` in one table."""
    tables = {
        "readings": {"readings": {"v": Series(instants(at), np.array([1.0]))}},
        "events": {"events": Events(instants(at), texts("e"))},
        "services": {
            "services": Services(instants(at), texts("c"), np.array([True]), texts("")),
        },
        "failures": {"failures": Failures(instants(at), texts("c"))},
        "outcomes": {"outcomes": Outcomes(instants(at), texts("c"), texts("nothing_found"))},
        "unit exchanges": {"restarts": instants(at)},
        "sensor exchanges": {"role_restarts": {"v": instants(at)}},
    }
    return history(**tables[table])


@pytest.mark.parametrize("table", ["readings", "events"])
def test_what_was_measured_at_the_decision_counts(table):
    one(table, UNTIL).check()


@pytest.mark.parametrize(
    "table", ["services", "failures", "outcomes", "unit exchanges", "sensor exchanges"]
)
def test_what_was_done_at_the_decision_is_refused(table):
    with pytest.raises(HistoryError, match=table):
        one(table, UNTIL).check()


@pytest.mark.parametrize("table", ["readings", "events"])
def test_what_was_measured_later_is_refused(table):
    with pytest.raises(HistoryError, match=table):
        one(table, UNTIL + 1).check()


def test_records_out_of_order_are_refused():
    mixed = history(readings={"v": Series(instants(2, 1), np.zeros(2))})

    with pytest.raises(HistoryError, match="order"):
        mixed.check()


def test_columns_of_different_lengths_are_refused():
    torn = history(failures=Failures(instants(1, 2), texts("c")))

    with pytest.raises(HistoryError, match="lengths"):
        torn.check()


def test_an_earlier_cut_keeps_the_reading_and_drops_the_failure_of_that_instant():
    full = replace(one("readings", 50), failures=Failures(instants(50), texts("c")))

    cut = full.as_of(50)

    assert cut.readings["v"].at.tolist() == [50]
    assert cut.failures.at.tolist() == []


@given(at=st.integers(min_value=-5, max_value=UNTIL + 5))
def test_every_earlier_cut_is_a_valid_history(at):
    full = history(
        readings={"v": Series(instants(0, 40, 80), np.zeros(3))},
        failures=Failures(instants(10, 40), texts("c", "c")),
        running=Intervals(instants(0, 60), instants(30, 90)),
        restarts=instants(40),
        role_restarts={"v": instants(20)},
    )

    cut = full.as_of(at)

    cut.check()


def test_running_time_stops_while_the_machine_stands():
    running = Intervals(instants(0, 60), instants(30, 90))

    elapsed = running.elapsed(instants(0, 10, 30, 45, 60, 70, 90, 100))

    assert elapsed.tolist() == [0, 10, 30, 30, 30, 40, 60, 60]


def test_before_the_first_start_the_machine_counts_as_running():
    running = Intervals(instants(20), instants(30))

    assert running.elapsed(instants(5, 20)).tolist() == [-15, 0]


@pytest.mark.parametrize(
    ("stood", "left"),
    [
        ((10, 20), [(0, 10), (20, 30), (60, 90)]),
        ((20, 70), [(0, 20), (70, 90)]),
        ((30, 60), [(0, 30), (60, 90)]),
        ((50, 95), [(0, 30)]),
        ((0, 200), []),
        ((200, 300), [(0, 30), (60, 90)]),
    ],
)
def test_a_stop_is_taken_out_of_the_periods_it_touches(stood, left):
    running = Intervals(instants(0, 60), instants(30, 90)).without(*stood)

    assert list(zip(running.start.tolist(), running.end.tolist(), strict=True)) == left


def test_a_period_excludes_its_start_and_includes_its_end():
    running = Intervals(instants(0, 60), instants(30, 90))

    assert running.contains(instants(0, 1, 30, 31, 60, 90, 91)).tolist() == [
        False, True, True, False, False, True, False,
    ]  # fmt: skip
