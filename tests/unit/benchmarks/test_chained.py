"""Lives chained behind one tag: where they end, what is known at the cut, what is judged."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.ladder import report
from benchmarks.measuring.chained import chained, last_lives
from benchmarks.measuring.rungs import Judged
from benchmarks.measuring.units import FIRST_US, MODE, Unit, unit_spec
from models.spec import HOUR_US

SPEC = unit_spec(
    "pump",
    ("heat",),
    (),
    windows=(2, 4),
    horizons=(3, 6),
    review_steps=1,
    lead_steps=1,
    horizon_steps=3,
    baseline_steps=2,
)


def unit(number: int, life: int) -> Unit:
    steps = np.arange(1, life + 1)
    return Unit(f"unit {number}", steps, {"heat": steps * 1.0 + 100 * number}, failed=True)


def hours(*counts: int) -> list[int]:
    return [FIRST_US + count * HOUR_US for count in counts]


def test_each_life_ends_in_a_failure_and_an_exchange_at_the_same_instant():
    history = chained("machine 1", [unit(1, 5), unit(2, 7)], SPEC)

    history.check()
    assert history.failures.at.tolist() == hours(5, 12)
    assert history.services.at.tolist() == hours(5, 12)
    assert history.restarts.tolist() == hours(5, 12)
    assert history.readings["heat"].at.tolist() == hours(*range(1, 13))


def test_the_next_life_begins_young_and_sees_nothing_of_the_last_one():
    trial = last_lives([unit(1, 5), unit(2, 7)], SPEC, lives=2, horizon=3.0)
    (sample,) = trial.whole

    label = sample.labels[MODE]
    assert label.age.tolist() == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7]
    assert label.duration.tolist()[5:] == [6, 5, 4, 3, 2, 1, 0]
    mean = next(k for k, n in enumerate(sample.names) if (n.statistic, n.window) == ("mean", 4))
    assert sample.X[5, mean] == 201.0


def test_all_lives_but_the_last_are_known_and_only_the_last_is_judged():
    lives = [unit(1, 5), unit(2, 7), unit(3, 6), unit(4, 4), unit(5, 9)]
    trial = last_lives(lives, SPEC, lives=2, horizon=3.0)

    assert [sample.tag for sample in trial.known] == ["machine 1", "machine 2"]
    assert [int(tested.sum()) for tested in trial.tested] == [7, 4]
    for known, whole, tested in zip(trial.known, trial.whole, trial.tested, strict=True):
        assert known.at.tolist() == whole.at[~tested].tolist()
        assert known.labels[MODE].kind.tolist() == [1] * len(known.at)


def judged(**scores: float | None) -> Judged:
    rungs = {"reference": 0.2, "own": 0.3, "class": 0.1, "own_level": 0.1, "deep": None}
    served = scores.pop("served", 0.1)
    return Judged(rungs | scores, served, {"deep": "not installed"}, {"own_level": 2}, 10, 3)


def test_the_excess_is_against_the_best_rung_that_is_there():
    assert judged(served=0.102).excess == pytest.approx(0.02)
    assert judged(served=0.102, deep=0.05).excess == pytest.approx(1.04)
    assert judged(served=0.09).excess == pytest.approx(-0.1)


def test_the_report_leads_with_the_worst_excess_and_gives_every_rung_of_every_set():
    told = report({"cmapss": judged(served=0.102), "azure": judged()})

    assert told["worst_excess"] == pytest.approx(0.02)
    assert told["brier"]["azure"] == {
        "reference": 0.2,
        "own": 0.3,
        "class": 0.1,
        "own_level": 0.1,
        "deep": None,
        "served": 0.1,
        "excess": 0.0,
        "decisions": 10,
        "failed": 3,
    }
    assert told["missing"]["cmapss"] == {"deep": "not installed"}
