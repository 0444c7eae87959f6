"""Units left out: every machine is tested once, by what never saw a row of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.class_data import prepare, unit_folds
from tests.unit.models.learned_fleet import SPEC, samples

FOLDS = 3


@given(machines=st.integers(1, 60), count=st.integers(1, 8))
def test_every_machine_is_tested_exactly_once_in_folds_of_nearly_equal_size(machines, count):
    folds = unit_folds(machines, count)

    assert sorted(k for fold in folds for k in fold.tested) == list(range(machines))
    sizes = [len(fold.tested) for fold in folds]
    assert max(sizes) - min(sizes) <= 1


def test_no_row_of_a_tested_machine_is_learned_from():
    data = prepare(SPEC, samples(), units=FOLDS)

    for fold in data.folds:
        learned = data.learned_samples(fold)
        tested = [sample.tag for k, sample in enumerate(data.samples) if k in fold.tested]
        assert len(learned) + len(tested) == len(data.samples)
        assert not {sample.tag for sample in learned} & set(tested)
        rows = data.learned_rows(learned, data.groups[0], fold)
        assert set(rows.machine) <= set(range(len(learned)))


def test_all_rows_of_a_machine_are_tested_in_its_fold():
    data = prepare(SPEC, samples(), units=FOLDS)

    machines = [set(data.tested_rows(data.groups[0], fold).machine.tolist()) for fold in data.folds]

    assert machines == [set(fold.tested) for fold in data.folds]


def test_the_folds_follow_from_what_machines_lived_not_from_names_or_their_order():
    renamed = [replace(s, tag=f"other {k}") for k, s in enumerate(reversed(samples()))]

    one, other = (prepare(SPEC, found, units=FOLDS) for found in (samples(), renamed))

    for mine, theirs in zip(one.folds, other.folds, strict=True):
        assert mine.tested == theirs.tested
        rows = [
            data.tested_rows(data.groups[0], fold).X
            for data, fold in ((one, mine), (other, theirs))
        ]
        np.testing.assert_array_equal(*rows)
