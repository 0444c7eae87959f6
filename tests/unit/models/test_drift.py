"""What counts as other than before, against sums written out and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.artifacts import pack, unpack
from models.drift import (
    FEWEST,
    MUCH,
    ClassDrift,
    Outside,
    Reference,
    class_drift,
    drift_of,
    outside,
    reference_of,
    share_outside,
)
from models.features import FeatureName

NAMES = (
    FeatureName("role:heat", "Heat, mean over the last 3 days", "heat", "mean", 72),
    FeatureName("role:heat", "Heat, highest value over the last 3 days", "heat", "max", 72),
    FeatureName("events", "trip in the last 24 h", "trip", "count", 24),
    FeatureName("attributes", "running time since installation", "installed", "since"),
)
HEAT, HOTTEST, TRIPS, SINCE = NAMES


def rows(*columns: np.ndarray) -> np.ndarray:
    return np.stack(columns, axis=1).astype(np.float32)


def table(seed: int, count: int, shift: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    heat = random.normal(50.0 + shift, 1.0, count)
    return rows(heat, heat + random.random(count), random.poisson(0.2, count), np.arange(count))


def test_the_index_is_the_sum_over_ten_bins():
    """1 .. 100 fills each decile with ten; the newest forty stand in the upper two only."""
    then = rows(np.arange(1.0, 101.0))
    newest = rows(np.repeat([85.0, 95.0], 20))

    ((drift),) = drift_of(reference_of(then), NAMES[:1], newest)

    before = (10 + 0.5) / (100 + 5)
    empty, full = 0.5 / 45, 20.5 / 45
    by_hand = 8 * (empty - before) * math.log(empty / before)
    by_hand += 2 * (full - before) * math.log(full / before)
    assert drift.psi == pytest.approx(by_hand, rel=1e-6)
    assert drift.is_large


def test_the_same_rows_have_not_moved():
    learned = table(1, 2000)

    assert drift_of(reference_of(learned), NAMES, learned) == ()


def test_a_column_with_two_values_is_compared_by_how_often_each_comes():
    then = rows(np.repeat([0.0, 1.0], [900, 100]))

    assert drift_of(reference_of(then), (TRIPS,), rows(np.repeat([0.0, 1.0], [90, 10]))) == ()
    ((drift),) = drift_of(reference_of(then), (TRIPS,), rows(np.repeat([0.0, 1.0], [50, 50])))
    assert drift.psi > MUCH


def test_chance_alone_is_called_drift_about_once_in_a_thousand():
    reference = reference_of(table(1, 1000)[:, :1])

    called = [bool(drift_of(reference, (HEAT,), table(seed, 40)[:, :1])) for seed in range(2, 1002)]

    assert sum(called) <= 6


def test_what_moved_farthest_comes_first_and_only_what_moved():
    learned, newest = table(1, 2000), table(2, 300)
    newest[:, 0] += 1.0
    newest[:, 1] += 5.0

    told = drift_of(reference_of(learned), NAMES, newest)

    assert [drift.name for drift in told] == [HOTTEST, HEAT]
    assert told[0].psi > told[1].psi > MUCH


def test_a_running_clock_is_no_drift():
    learned, newest = table(1, 500), table(2, 500)
    newest[:, 3] += 10_000

    assert drift_of(reference_of(learned), NAMES, newest) == ()
    assert outside(reference_of(learned), NAMES, newest[-1]) == ()


def test_too_few_values_say_nothing():
    learned, newest = table(1, 500), table(2, 500, shift=20.0)
    newest[FEWEST - 1 :, 0] = np.nan
    hardly = learned.copy()
    hardly[FEWEST - 1 :, 1] = np.nan

    told = drift_of(reference_of(hardly), NAMES, newest)

    assert told == ()
    assert math.isnan(reference_of(hardly).low[1])


def test_one_row_is_compared_with_the_range_of_nearly_all():
    reference = reference_of(rows(np.arange(1.0, 102.0), np.arange(1.0, 102.0)))  # 2 .. 100

    assert outside(reference, NAMES[:2], np.array([2.0, 100.0], np.float32)) == ()
    ((cold),) = outside(reference, NAMES[:2], np.array([1.5, 50.0], np.float32))
    ((hot),) = outside(reference, NAMES[:2], np.array([np.nan, 101.0], np.float32))
    assert cold == Outside(HEAT, 1.5, 2.0, 100.0)
    assert hot == Outside(HOTTEST, 101.0, 2.0, 100.0)
    assert share_outside(reference, NAMES[:2], np.array([1.9, 50.0], np.float32)) == 0.5
    assert share_outside(reference, NAMES[:2], np.array([np.nan, 101.0], np.float32)) == 1.0
    assert share_outside(reference, NAMES[:2], np.full(2, np.nan, np.float32)) == 0.0


def test_of_very_many_rows_every_so_many_tell_the_same():
    many = rows(np.random.default_rng(3).normal(size=200_001))

    reference = reference_of(many)

    assert reference.rows[0] == 40_001
    assert reference.edges[0] == pytest.approx(
        np.percentile(many, np.arange(10, 100, 10)), abs=0.03
    )


def test_a_reference_is_stored_with_its_class():
    reference = reference_of(table(1, 200))

    stored = unpack(
        pack({"kind": "class"}, reference.to_arrays(), key=b"k" * 32),
        key=b"k" * 32,
        expect={"kind": "class"},
    )

    again = Reference.from_arrays(stored.arrays)
    newest = table(2, 100, shift=3.0)
    assert drift_of(again, NAMES, newest) == drift_of(reference, NAMES, newest) != ()
    assert again.edges.dtype == np.float32


def fleet(shifts: list[float], rows_each: int = 14) -> list[np.ndarray]:
    """The newest rows of one machine for each shift of its heat."""
    return [table(10 + k, rows_each, shift) for k, shift in enumerate(shifts)]


def test_a_class_has_moved_where_most_of_its_machines_have():
    reference = reference_of(table(1, 2000))

    told = class_drift(reference, NAMES, fleet([9.0, 9.0, 0.0, 9.0, 9.0, 9.0]))

    assert (told.machines, told.outside) == (6, 5)
    ((moved),) = told.moved  # two columns of one quantity are told once, the running clock never
    assert (moved.name.group, moved.direction) == ("role:heat", "higher")
    assert moved.psi > MUCH


def test_a_class_that_fell_has_moved_lower():
    ((moved),) = class_drift(reference_of(table(1, 2000)), NAMES, fleet([-9.0] * 4)).moved

    assert moved.direction == "lower"


@pytest.mark.parametrize(
    "shifts",
    [[9.0, 9.0, 9.0, 0.0, 0.0, 0.0], [9.0, 9.0, -9.0, -9.0], [0.0] * 6],
    ids=["half of them", "to both sides", "none"],
)
def test_odd_machines_do_not_move_a_class(shifts: list[float]):
    told = class_drift(reference_of(table(1, 2000)), NAMES, fleet(shifts))

    assert told == ClassDrift(len(shifts), 0, ())


def test_two_machines_are_no_class_and_parts_that_age_together_have_not_moved():
    reference = reference_of(table(1, 2000))
    ages = (FeatureName("age:seal", "running time since seal was new", "seal", "age"),)
    old = [rows(np.full(14, 9_000.0)) for _ in range(4)]

    assert class_drift(reference, NAMES, fleet([9.0, 9.0], 30)) == ClassDrift(2, 0, ())
    assert class_drift(reference_of(rows(np.arange(1.0, 101.0))), ages, old).moved == ()
