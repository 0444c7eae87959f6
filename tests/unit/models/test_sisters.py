"""The median of the others, leaving oneself out, against the plain loop."""

from __future__ import annotations

import numpy as np

from models.sisters import MIN_SISTERS, others, sisters_of
from tests.unit.models.health_days import fleet, machine, quiet


def test_everybody_is_compared_with_all_but_itself():
    random = np.random.default_rng(2)
    block = random.standard_normal((7, 40, 3)).astype(np.float32).round(1)  # with ties
    block[random.random(block.shape) < 0.4] = np.nan

    median, count = others(block)

    for k, row, role in np.ndindex(block.shape):
        rest = np.delete(block[:, row, role], k)
        rest = rest[np.isfinite(rest)]
        assert count[k, row, role] == len(rest)
        if len(rest) < MIN_SISTERS:
            assert np.isnan(median[k, row, role])
        else:
            assert median[k, row, role] == np.median(rest)


def test_machines_of_different_ages_meet_on_the_same_day():
    old = [machine(tag, found) for tag, found in fleet(100, 4).items()]
    young = machine("P-9", quiet(60, 9))

    together = sisters_of([*old, young])

    assert together[-1].median.shape == young.deviation.shape
    expected = np.median([m.deviation[45] for m in old], axis=0)
    assert np.array_equal(together[-1].median[45], expected)
    assert (together[0].count[80] == 3).all()


def test_blocks_of_days_change_nothing(monkeypatch):
    found = [machine(tag, deviation) for tag, deviation in fleet(100, 5).items()]
    whole = sisters_of(found)

    monkeypatch.setattr("models.sisters.CHUNK", 70)

    for one, other in zip(whole, sisters_of(found), strict=True):
        assert np.array_equal(one.median, other.median, equal_nan=True)
        assert np.array_equal(one.count, other.count)


def test_two_sisters_are_too_few_to_take_anything_out():
    found = [machine(tag, deviation) for tag, deviation in fleet(60, 3).items()]

    sisters = sisters_of(found)[0]

    assert np.isnan(sisters.median).all()
    apart = sisters.taken_out_of(found[0].deviation)
    assert np.array_equal(apart, found[0].deviation, equal_nan=True)
