"""Losses by machine: their mean, their sum, and which are clearly smaller."""

from __future__ import annotations

import numpy as np
import pytest

from models.losses import Losses, losses_of, nothing_judged
from models.pools import Pool
from models.predictors.base import Target
from tests.unit.models.learned_fleet import SPEC


def losses(by_machine: list[float], rows: int = 10) -> Losses:
    """One window, as many rows of each machine, of so much loss each."""
    each = np.array(by_machine)[:, None]
    return Losses(each * rows, np.full(each.shape, rows))


def test_the_mean_is_over_rows_then_over_windows():
    told = Losses(np.array([[4.0, 0.0], [2.0, 3.0]]), np.array([[2, 0], [4, 6]]))

    assert told.mean == pytest.approx((6 / 6 + 3 / 6) / 2)
    assert told.known == 6
    assert nothing_judged(2).mean == np.inf


def test_folds_add_up():
    both = losses([0.2, 0.4], rows=10) + losses([0.6, 0.8], rows=30)

    assert both.mean == pytest.approx((0.2 + 0.4 + 3 * 0.6 + 3 * 0.8) / 8)


def test_a_gain_has_to_exceed_its_standard_error_over_machines():
    usual = losses([0.5, 0.5, 0.5, 0.5])

    assert losses([0.4, 0.45, 0.4, 0.5]).is_clearly_better_than(usual)
    assert not losses([0.1, 0.55, 0.55, 0.55]).is_clearly_better_than(usual)
    assert not usual.is_clearly_better_than(usual)
    assert not losses([0.4, 0.45, 0.4, 0.5]).is_clearly_better_than(usual, errors=3.0)
    assert not losses([0.1]).is_clearly_better_than(losses([0.5]))


def test_machines_that_were_not_tested_do_not_make_a_gain_surer():
    rows = np.array([[10], [10], [0], [0]])
    usual, other = np.array([[5.0], [5.0], [0.0], [0.0]]), np.array([[1.0], [5.5], [0.0], [0.0]])

    assert not Losses(other, rows).is_clearly_better_than(Losses(usual, rows))


def test_a_row_counts_in_the_windows_its_truth_is_known_in():
    """One failure after 10 steps; one life censored after 5, unknown from the window of 8 on."""
    target = Target(np.array([10.0, 5.0]), np.array([1, 0], np.int8), np.ones(2))
    at = np.zeros(2, np.int64)
    rows = Pool(np.zeros((2, 1), np.float32), target, at, np.array([0, 1]), np.zeros(2, int), at)
    curve = np.tile(np.exp(-0.05 * np.array([0.0, *SPEC.edges])), (2, 1))

    told = losses_of(curve, rows, SPEC, machines=3)

    # windows: 4 (horizon), 8 (lead and review), 28 (the order rule's horizon)
    assert told.rows.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert told.sums[0, 2] == pytest.approx(-np.log(-np.expm1(-0.05 * 28)))
    assert told.sums[1, 0] == pytest.approx(0.05 * 4)
