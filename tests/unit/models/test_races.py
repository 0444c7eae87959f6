"""A race by hand: how good each recipe is is given, what goes on and what serves must follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from models.blends import BLENDS
from models.class_data import ClassData, prepare
from models.class_fits import RIVALS, FitResult, FitTask
from models.pools import Pool
from models.races import Race
from models.recipes import RECIPES, Contest
from tests.unit.models.learned_fleet import PUMPS, SPEC, samples

SIMPLE = RECIPES[1:5]
A, B, C, D = SIMPLE


@cache
def everything() -> ClassData:
    return prepare(SPEC, samples())


def race(contest: Contest, folds: int = 4) -> Race:
    data = everything()
    contests = {group.name: contest for group in data.groups}
    return Race(replace(data, folds=data.folds[:folds], contests=contests), 0)


def run(contest: Race, misses: Sequence[ArrayLike]) -> list[set[tuple[str, int | None]]]:
    """Run a race, given how far each recipe misses the truth; return (recipe, fold) by round."""
    rounds = []
    while tasks := contest.next_tasks():
        rounds.append({(task.recipe, task.fold) for task in tasks if task.recipe != RIVALS})
        for task in tasks:
            contest.take(task, result(contest, task, misses))
        contest.close_round()
    return rounds


def result(contest: Race, task: FitTask, misses: Sequence[ArrayLike]) -> FitResult:
    if task.fold is None:
        return FitResult(reason=f"final of {task.recipe}", cpu_seconds=1.0)
    rows = contest.data.tested_rows(contest.data.groups[0], contest.data.folds[task.fold])
    nothing = curve(rows, np.ones(len(rows)))
    if task.recipe == RIVALS:
        return FitResult(curves=dict.fromkeys(("limit", "age", "reference", "base"), nothing))
    missed = misses[[recipe.name for recipe in SIMPLE].index(task.recipe)]
    by_machine = np.broadcast_to(missed, len(contest.data.samples))[rows.machine]
    return FitResult(curves={"hazard": curve(rows, by_machine)}, cpu_seconds=1.0)


def curve(rows: Pool, miss: NDArray[np.float64]) -> NDArray[np.float32]:
    """Survival (n, bins + 1): the truth where a row misses by 0, a constant hazard where by 1."""
    ends = np.array([0.0, *SPEC.edges])
    failed = (rows.target.kind > 0)[:, None] & (ends >= rows.target.duration[:, None])
    share = miss[:, None]
    told = (1.0 - share) * np.where(failed, 0.01, 1.0) + share * np.exp(-0.02 * ends)
    told[:, 0] = 1.0
    return np.minimum.accumulate(told, axis=1).astype(np.float32)


def test_the_better_half_goes_on_fold_by_fold_and_the_best_serves() -> None:
    contest = race(Contest(SIMPLE))

    rounds = run(contest, [0.4, 0.3, 0.2, 0.1])

    assert [len(r) for r in rounds] == [4, 2, 3]
    assert rounds[2] == {(D.name, 2), (D.name, 3), (D.name, None)}
    assert contest.serving == D
    assert contest.shadow is None
    assert contest.tried[A.name].verdict == "left out after fold 1 of 4"
    assert contest.tried[C.name].verdict == "left out after fold 2 of 4"
    assert contest.tried[D.name].verdict == "serves"
    assert contest.tried[D.name].folds == 4


def test_a_gain_on_one_machine_alone_is_chance() -> None:
    contest = race(Contest(SIMPLE))
    lucky = [0.1, *[0.52] * (PUMPS - 1)]

    run(contest, [0.5, lucky, lucky, lucky])

    assert contest.tried[B.name].best.mean < contest.tried[A.name].losses[0].mean
    assert contest.serving == A


def test_a_recipe_is_judged_in_the_blend_it_would_serve_in() -> None:
    """Too sure of itself alone; with age beside it, as good as any."""
    contest = race(Contest((A, B)))

    run(contest, [1.0, 0.0])

    tried = contest.tried[A.name]
    assert len(tried.losses) == len(BLENDS)
    assert tried.best.mean == min(losses.mean for losses in tried.losses)
    assert tried.to_json()["log_score"] == tried.best.mean


def test_a_better_challenger_is_watched_while_the_champion_serves() -> None:
    contest = race(Contest(SIMPLE, champion=A))

    run(contest, [0.4, 0.3, 0.2, 0.1])

    assert contest.serving == A
    assert contest.shadow == D
    assert contest.tried[A.name].folds == 4
    assert {(A.name, 0), (A.name, 1), (D.name, 0), (D.name, 1)} == set(contest.finals)
    assert contest.tried[D.name].verdict == "watched"


def test_the_mean_of_two_is_put_together_from_fits_both_are_raced_with() -> None:
    both = RECIPES[0]
    assert both.of == (A, B)
    contest = race(Contest((both, A, B)))

    rounds = run(contest, [0.4, 0.4])

    assert rounds[0] == {(A.name, 0), (B.name, 0)}
    assert contest.serving == both
    told = [contest.told(recipe, 3)["hazard"].astype(float) for recipe in (A, B, both)]
    assert told[2] == pytest.approx(np.sqrt(told[0] * told[1]), rel=1e-6)
    assert contest.final(both) == (None, f"final of {A.name}")


def test_a_champion_that_wins_again_has_no_shadow() -> None:
    contest = race(Contest(SIMPLE, champion=B, shadow=D))

    run(contest, [0.4, 0.1, 0.2, 0.3])

    assert contest.serving == B
    assert contest.shadow is None


def test_between_races_champion_and_shadow_are_only_fitted() -> None:
    contest = race(Contest((B,), champion=B, shadow=D))

    rounds = run(contest, [0.4, 0.1, 0.2, 0.3])

    assert len(rounds) == 1
    assert (D.name, None) in rounds[0]
    assert (contest.serving, contest.shadow) == (B, D)


def test_without_folds_the_first_recipe_serves() -> None:
    contest = race(Contest(SIMPLE), folds=0)

    rounds = run(contest, [0.4, 0.3, 0.2, 0.1])

    assert rounds == [{(A.name, None)}]


def test_the_count_of_tasks_left_comes_true() -> None:
    contest = race(Contest(SIMPLE))
    expected = contest.tasks_left

    done = 0
    while tasks := contest.next_tasks():
        done += len(tasks)
        for task in tasks:
            contest.take(task, result(contest, task, [0.4, 0.3, 0.2, 0.1]))
        contest.close_round()

    assert abs(done - expected) <= 1
