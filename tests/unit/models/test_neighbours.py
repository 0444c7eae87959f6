"""What came of machines that looked like this one, by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.neighbours import (
    DAY_US,
    MOST_EPISODES,
    MOST_FAILURES,
    PastFailures,
    Seen,
    SeenTable,
    distances,
    episodes,
    past_failures,
    seen_table,
    usual_distance,
)

HORIZON = 14
NAN = np.nan


def table(risk: list[float], machine: list[int], day: list[int], failed: list[bool]) -> SeenTable:
    return seen_table(
        np.array(risk),
        np.array(machine),
        np.array(day, np.int64) * DAY_US,
        np.array(failed),
        np.ones(len(risk), bool),
        horizon=HORIZON,
        step_us=DAY_US,
    )


def test_days_of_one_machine_in_a_row_are_one_episode():
    # Twelve machines that looked so for five days each: sixty rows, twelve episodes.
    machine = np.repeat(np.arange(12), 5).tolist()
    failed = [who < 9 for who in machine]

    seen = table([0.5] * 60, machine, list(range(5)) * 12, failed).at(0.5)

    assert seen == Seen(times=12, failed=9, unknown=0, horizon=HORIZON)


def test_after_a_whole_horizon_it_is_a_new_episode():
    day = [0, 13, 14, 27, 28]

    assert episodes(np.zeros(5, int), np.array(day), HORIZON) == [0, 2, 4]
    assert episodes(np.array([0, 1, 0, 1, 0]), np.array(day), HORIZON) == [0, 1, 2, 3, 4]


def test_below_ten_episodes_nothing_is_said():
    assert table([0.5] * 9, list(range(9)), [0] * 9, [True] * 9).at(0.5) is None
    assert table([0.5] * 10, list(range(10)), [0] * 10, [True] * 10).at(0.5) is not None


def test_only_like_risks_are_counted():
    # Odds of 1 and odds of 1/9: neither is within a factor of two of the other.
    risk = [0.5] * 12 + [0.1] * 15
    machine = list(range(27))

    known = table(risk, machine, [0] * 27, [True] * 12 + [False] * 15)

    assert known.at(0.5) == Seen(12, 12, 0, HORIZON)
    assert known.at(0.1) == Seen(15, 0, 0, HORIZON)
    assert known.at(0.9) is None
    assert known.at(0.0) is None


def test_times_of_which_it_cannot_be_said_are_counted_apart():
    known = np.arange(16) < 11
    failed = np.arange(16) % 2 == 0

    seen = seen_table(
        np.full(16, 0.5),
        np.arange(16),
        np.zeros(16, np.int64),
        failed,
        known,
        horizon=HORIZON,
        step_us=DAY_US,
    ).at(0.5)

    assert seen == Seen(times=11, failed=6, unknown=5, horizon=HORIZON)


def test_the_sentence_is_the_technician_s():
    assert Seen(23, 16, 0, 336).sentence("14 days") == (
        "Of 23 times a machine like this looked so, 16 failed within 14 days."
    )
    assert (
        Seen(23, 16, 4, 336)
        .sentence("14 days")
        .endswith(" Of 4 more it cannot be said: work or today came first.")
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)), max_size=120))
def test_episodes_of_a_machine_lie_a_horizon_apart(rows):
    machine = np.array([who for who, _ in rows], int)
    at = np.array([when for _, when in rows], np.int64)

    picked = episodes(machine, at, HORIZON)

    assert len(picked) <= MOST_EPISODES
    for who in range(4):
        mine = np.sort(at[[row for row in picked if machine[row] == who]])
        assert (np.diff(mine) >= HORIZON).all()


def test_what_was_seen_survives_storage():
    known = table([0.5] * 12, list(range(12)), [0] * 12, [True] * 12)

    assert SeenTable.from_json(json.loads(json.dumps(known.to_json()))) == known


def test_distance_by_hand():
    rows = np.array([[0.0, 2.0, NAN], [1.0, NAN, NAN], [90.0, 2.0, 1.0]])

    distance, share = distances(rows, np.array([1.0, 3.0, 1.0]))

    # (1 + 1) / 2 of two columns; one of three is too few; (5, not 89, + 1 + 0) / 3
    assert distance == pytest.approx([1.0, np.inf, 2.0])
    assert share == pytest.approx([2 / 3, 1 / 3, 1.0])


def test_the_usual_distance_is_the_median_between_two():
    rows = np.array([[0.0], [1.0], [4.0]])  # 1, 3 and 4 apart

    assert usual_distance(rows) == pytest.approx(3.0)
    assert usual_distance(rows[:2]) is None


def memory(**changed: object) -> PastFailures:
    """Three pumps that failed on day 20, each with a row a day that grows its own way."""
    at = np.arange(20, dtype=np.int64) * DAY_US
    ways = {"P-1": [1.0, 0.0], "P-2": [0.0, 1.0], "P-3": [1.0, 1.0]}
    rows = {tag: (at, np.outer(np.arange(20) / 4, way)) for tag, way in ways.items()}
    failures = [
        ("P-1", 20 * DAY_US, "bearing"),
        ("P-2", 20 * DAY_US, "seal"),
        ("P-3", 20 * DAY_US, "seal"),
    ]
    settings = {"lead_us": 4 * DAY_US, "stale_us": 2 * DAY_US} | changed
    return past_failures(rows, failures, **settings)  # type: ignore[arg-type]


def test_remembered_is_how_it_looked_a_lead_before():
    known = memory()

    # Day 16 is four days before day 20; (4, 0), (0, 4) and (4, 4) are 2, 2 and 4 apart.
    assert {f.tag: f.days_before for f in known.failures} == {"P-1": 4.0, "P-2": 4.0, "P-3": 4.0}
    assert sorted(known.rows.tolist()) == [[0.0, 4.0], [4.0, 0.0], [4.0, 4.0]]
    assert known.bound == pytest.approx(2.0)


def test_tonight_looks_most_like_the_nearest_failure():
    similar = memory().most_similar(np.array([3.0, 0.5]))

    assert similar is not None
    assert (similar.failure.tag, similar.failure.mode) == ("P-1", "bearing")
    assert similar.distance == pytest.approx(0.75)
    assert similar.share == 1.0
    assert similar.sentence("bearing") == (
        "Looks most like P-1 4 days before its failure of 21 Jan 1970 (bearing)."
    )


def test_what_is_missing_tonight_is_not_compared():
    similar = memory().most_similar(np.array([NAN, 3.9]))

    assert similar is not None
    assert (similar.failure.mode, similar.share) == ("seal", 0.5)


@pytest.mark.parametrize(
    "row",
    [[0.0, 0.0], [1.5, 0.5], [-4.0, -4.0], [NAN, NAN]],
    ids=["healthy", "nearer to healthy", "like none", "unknown"],
)
def test_nothing_is_said_of_a_machine_unlike_every_failure(row):
    assert memory().most_similar(np.array(row)) is None


def test_a_row_too_old_or_of_the_life_before_is_not_remembered():
    at = np.arange(10, dtype=np.int64) * DAY_US
    rows = {"P-1": (at, np.ones((10, 1)))}
    failures = [("P-1", 9 * DAY_US, "seal"), ("P-1", 10 * DAY_US, "seal"), ("P-9", 5, "seal")]

    known = past_failures(rows, failures, lead_us=2 * DAY_US, stale_us=3 * DAY_US)
    late = past_failures(
        rows, [("P-1", 30 * DAY_US, "seal")], lead_us=2 * DAY_US, stale_us=3 * DAY_US
    )

    assert [failure.at for failure in known.failures] == [9 * DAY_US]
    assert late.failures == ()
    assert late.most_similar(np.ones(1)) is None
    assert PastFailures.from_json(late.to_json()).failures == ()


def test_only_the_newest_failures_are_kept():
    at = np.arange(2 * MOST_FAILURES, dtype=np.int64) * 10 * DAY_US
    failures = [("P-1", int(t) + 2 * DAY_US, "seal") for t in at]

    known = past_failures(
        {"P-1": (at, np.ones((len(at), 3)))}, failures, lead_us=DAY_US, stale_us=DAY_US
    )

    assert len(known.failures) == MOST_FAILURES
    assert min(failure.at for failure in known.failures) == failures[MOST_FAILURES][1]


def test_past_failures_survive_storage():
    known = memory()
    known.rows[0, 0] = NAN

    again = PastFailures.from_json(json.loads(json.dumps(known.to_json(), allow_nan=False)))

    assert again.failures == known.failures
    assert again.bound == known.bound
    assert np.array_equal(again.rows, known.rows, equal_nan=True)
