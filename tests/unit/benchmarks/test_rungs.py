"""All rungs on a small fleet of pumps that fail after their vibration rose."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.measuring.rungs import RUNGS, Judged, Trial, judge_rungs
from models.engines import SerialEngine
from tests.unit.models.learned_fleet import SPEC, samples

HORIZON = 28.0


@cache
def trial() -> Trial:
    """Learn from the first four fifths of every pump's record, judge the rest."""
    until = max(sample.until for sample in samples())
    origin = int(min(s.at[0] for s in samples()) + 0.8 * (until - samples()[0].at[0]))
    return Trial(
        spec=SPEC,
        known=tuple(sample.as_of(origin) for sample in samples()),
        whole=samples(),
        tested=tuple(sample.at >= origin for sample in samples()),
        horizon=HORIZON,
    )


@cache
def judged() -> Judged:
    return judge_rungs(trial(), SerialEngine())


def test_what_serves_is_one_of_the_rungs_and_so_never_far_from_them_all():
    scores = [score for score in judged().brier.values() if score is not None]

    assert set(judged().brier) == set(RUNGS)
    assert min(scores) <= judged().served <= max(scores)
    assert judged().excess == pytest.approx(judged().served / min(scores) - 1.0)


def test_sensors_that_tell_make_the_class_better_than_its_age_rule():
    brier = judged().brier

    assert brier["class"] < brier["reference"]


def test_a_rung_that_is_not_there_says_why():
    for name in RUNGS:
        assert (judged().brier[name] is None) == (name in judged().missing)
    assert all(judged().missing.values())


def test_every_known_decision_of_every_mode_counts_once():
    expected = sum(
        int((tested & label.at_risk & (label.duration > 0) & _known(label)).sum())
        for sample, tested in zip(trial().whole, trial().tested, strict=True)
        for label in sample.labels.values()
    )

    assert judged().decisions == expected
    assert 0 < judged().failed < expected
    assert sum(judged().rungs_served.values()) % len(samples()) == 0


def _known(label) -> np.ndarray:
    return ((label.kind > 0) & (label.duration <= HORIZON)) | (label.duration >= HORIZON)
