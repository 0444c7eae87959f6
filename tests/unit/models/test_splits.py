"""Train before, test after, a gap between."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.spec import ClassSpec, RoleSpec
from models.splits import forward_folds

SPEC = ClassSpec(
    "fan",
    (RoleSpec("v", "Vibration", "mm/s"),),
    step_us=10,
    decision_us=0,
    review_steps=1,
    windows=(1, 3),
    horizons=(1, 7),
    lead_steps=1,
    horizon_steps=7,
)


def test_four_origins_split_the_last_sixty_percent_evenly():
    folds = forward_folds(SPEC, first_at=0, until=1000)

    assert [fold.origin for fold in folds] == [400, 550, 700, 850]
    assert [fold.test_until for fold in folds] == [550, 700, 850, 1000]


def test_training_ends_a_horizon_and_a_window_before_the_origin():
    fold = forward_folds(SPEC, first_at=0, until=1000)[0]

    assert fold.train_until == 400 - (7 + 3) * 10


def test_tonights_decision_is_never_a_test_row():
    last = forward_folds(SPEC, first_at=0, until=1000)[-1]

    assert last.test(np.array([840, 850, 990, 1000])).tolist() == [False, True, True, False]


def test_a_class_too_young_for_the_gap_has_no_fold():
    assert forward_folds(SPEC, first_at=0, until=60) == ()


@given(days=st.integers(min_value=0, max_value=400), first=st.integers(min_value=0, max_value=30))
def test_no_row_is_tested_twice_and_none_is_trained_on_within_the_gap(days, first):
    at = np.arange(first, first + 10 * days + 1, 10, dtype=np.int64)
    folds = forward_folds(SPEC, first_at=first, until=first + 10 * days)

    tested = np.sum([fold.test(at) for fold in folds], axis=0)

    assert np.max(tested, initial=0) <= 1
    for fold in folds:
        assert fold.train(at).any()
        assert at[fold.test(at)].min() - at[fold.train(at)].max() >= 100


def test_a_quicker_back_test_keeps_the_newest_origins_only():
    folds = forward_folds(SPEC, first_at=0, until=1000)

    assert forward_folds(SPEC, first_at=0, until=1000, newest=1) == folds[-1:]
    assert forward_folds(SPEC, first_at=0, until=1000, newest=9) == folds
    assert forward_folds(SPEC, first_at=0, until=1000, newest=0) == ()
