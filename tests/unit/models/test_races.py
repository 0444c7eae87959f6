"""A race by hand: losses are given, what goes on and what serves must follow."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from models.class_data import ClassData, prepare
from models.class_fits import RIVALS, FitResult, FitTask
from models.races import Race
from models.recipes import RECIPES, Contest
from tests.unit.models.learned_fleet import SPEC, samples

A, B, C, D = RECIPES[:4]


@cache
def everything() -> ClassData:
    return prepare(SPEC, samples())


def race(contest: Contest, folds: int = 4) -> Race:
    data = everything()
    contests = {group.name: contest for group in data.groups}
    return Race(replace(data, folds=data.folds[:folds], contests=contests), 0)


def run(contest: Race, losses: list[float]) -> list[set[tuple[str, int | None]]]:
    """Run a race, one loss per recipe; return (recipe, fold) of every round's tasks."""
    rounds = []
    while tasks := contest.next_tasks():
        rounds.append({(task.recipe, task.fold) for task in tasks if task.recipe != RIVALS})
        for task in tasks:
            contest.take(task, result(task, losses))
        contest.close_round()
    return rounds


def result(task: FitTask, losses: list[float]) -> FitResult:
    if task.recipe == RIVALS or task.fold is None:
        return FitResult(reason=f"final of {task.recipe}", cpu_seconds=1.0)
    names = [recipe.name for recipe in RECIPES]
    return FitResult(loss=losses[names.index(task.recipe)], rows=10, cpu_seconds=1.0)


def test_the_better_half_goes_on_fold_by_fold_and_the_best_serves() -> None:
    contest = race(Contest(RECIPES[:4]))

    rounds = run(contest, [0.4, 0.3, 0.2, 0.1])

    assert [len(r) for r in rounds] == [4, 2, 3]
    assert rounds[2] == {(D.name, 2), (D.name, 3), (D.name, None)}
    assert contest.serving == D
    assert contest.shadow is None
    assert contest.tried[A.name].verdict == "left out after fold 1 of 4"
    assert contest.tried[C.name].verdict == "left out after fold 2 of 4"
    assert contest.tried[D.name].verdict == "serves"
    assert contest.tried[D.name].folds == 4


def test_a_gain_too_small_to_matter_changes_no_order() -> None:
    contest = race(Contest(RECIPES[:4]))

    run(contest, [0.1000, 0.0999, 0.0998, 0.0997])

    assert contest.serving == A


def test_a_better_challenger_is_watched_while_the_champion_serves() -> None:
    contest = race(Contest(RECIPES[:4], champion=A))

    run(contest, [0.4, 0.3, 0.2, 0.1])

    assert contest.serving == A
    assert contest.shadow == D
    assert contest.tried[A.name].folds == 4
    assert {A.name, D.name} <= set(contest.finals)
    assert contest.tried[D.name].verdict == "watched"


def test_a_champion_that_wins_again_has_no_shadow() -> None:
    contest = race(Contest(RECIPES[:4], champion=B, shadow=D))

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
    contest = race(Contest(RECIPES[:4]), folds=0)

    rounds = run(contest, [0.4, 0.3, 0.2, 0.1])

    assert rounds == [{(A.name, None)}]


def test_the_count_of_tasks_left_comes_true() -> None:
    contest = race(Contest(RECIPES[:4]))
    expected = contest.tasks_left

    done = 0
    while tasks := contest.next_tasks():
        done += len(tasks)
        for task in tasks:
            contest.take(task, result(task, [0.4, 0.3, 0.2, 0.1]))
        contest.close_round()

    assert abs(done - expected) <= 1
