"""Rows of a class are put together the same way whatever machines are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.labels import ModeLabel
from models.pools import ages, event_counts, first_end, in_order, lives, pool, stack, watched
from tests.unit.models.learned_fleet import histories, samples


def label(duration: list[float], kind: list[int]) -> ModeLabel:
    rows = len(duration)
    return ModeLabel(
        duration=np.array(duration),
        kind=np.array(kind, np.int8),
        age=np.zeros(rows),
        at_risk=np.ones(rows, bool),
        ends_at=np.array(duration).astype(np.int64),
    )


def test_several_modes_end_with_the_first_and_an_event_wins_a_tie():
    bearing, seal = label([5.0, 9.0, 4.0], [1, 0, 0]), label([7.0, 3.0, 4.0], [1, 0, 2])

    first = first_end([bearing, seal])

    assert first.duration.tolist() == [5.0, 3.0, 4.0]
    assert first.kind.tolist() == [1, 0, 2]


def test_every_failure_is_counted_by_exactly_one_row():
    counts = event_counts(samples(), ["bearing", "seal"])

    for mode, count in counts.items():
        known = [h.failures for h in histories()]
        firsts = [s.at[0] for s in samples()]
        failed = sum(
            int(((f.component == mode) & (f.at > first)).sum())
            for f, first in zip(known, firsts, strict=True)
        )
        assert count == failed


def test_the_lives_of_the_age_rule_end_as_the_rows_do():
    entry, target = lives(samples(), "bearing")

    assert int(target.ends_here.sum()) == event_counts(samples(), ["bearing"])["bearing"]
    assert entry.shape == (len(target), 1)
    assert (target.duration > 0).all()


def test_rows_are_watched_until_the_next_one():
    times = watched(samples()[0])

    assert set(times[:-1]) == {4.0}
    assert times[-1] == np.inf


def test_order_and_names_do_not_change_the_order_of_the_pool():
    shuffled = [replace(s, tag=f"X{k}") for k, s in enumerate(reversed(samples()))]

    one, other = (pool(in_order(found), ["seal"]) for found in (samples(), shuffled))

    assert np.array_equal(one.X, other.X, equal_nan=True)
    assert np.array_equal(one.machine, other.machine)


def test_ages_belong_to_their_rows():
    rows = pool(samples(), ["bearing"])

    age = ages(samples(), "bearing", rows)

    for k in (0, len(rows) // 2, len(rows) - 1):
        source = samples()[rows.machine[k]].labels["bearing"]
        assert age[k, 0] == source.age[rows.row[k]]


def test_a_split_pool_can_be_stacked_again():
    rows = pool(samples(), ["bearing"])
    early = rows.at < np.median(rows.at)

    together = stack([rows.take(early), rows.take(~early)])

    assert len(together) == len(rows)
    assert together.target.duration.sum() == rows.target.duration.sum()
