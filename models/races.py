"""Which recipe serves? Successive halving in order of time, on rows no candidate ever saw.

Every recipe of a group is tried on the oldest fold, the better half goes on to the next one, and
so on: the fits grow with the folds while the candidates grow fewer (Jamieson and Talwalkar,
Non-stochastic best arm identification, 2016). The newest fold judges what the others chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.class_data import ClassData
from models.class_fits import RIVALS, Curves, FitResult, FitTask, Rivals
from models.recipes import Recipe

# A recipe must beat one that comes before it by this share of its loss; less is chance.
LEAST_GAIN = 0.005


@dataclass(slots=True)
class Tried:
    """One recipe's trial: loss is the mean over the rows of the folds it was tried on."""

    recipe: str
    sees: str
    folds: int = 0
    rows: int = 0
    loss: float = 0.0
    cpu_seconds: float = 0.0
    verdict: str = "not tried"

    def add(self, result: FitResult) -> None:
        """Take one fold's result."""
        rows = self.rows + result.rows
        if rows and result.rows:
            self.loss = (self.loss * self.rows + result.loss * result.rows) / rows
        self.rows, self.folds = rows, self.folds + 1

    def to_json(self) -> dict[str, Any]:
        """Return the row of the table a page shows; no loss where nothing could be judged."""
        told = asdict(self)
        loss = told.pop("loss")
        return told | {"log_score": loss if self.rows else None}


class Race:
    """The recipes of one group until their final fits are done.

    `serving` is the champion, or the winner where there is none yet; `shadow` the winner where it
    beat the champion, else the challenger that was watched before. Both get a final fit.
    """

    def __init__(self, data: ClassData, group: int) -> None:
        self.data = data
        self.group = group
        self.contest = data.contests[data.groups[group].name]
        champion = self.contest.champion
        first = () if champion is None else (champion,)
        recipes = {recipe.name: recipe for recipe in (*first, *self.contest.compared)}
        self.tried = {r.name: Tried(r.name, r.sees) for r in recipes.values()}
        self.alive: list[Recipe] = list(recipes.values())[: None if data.folds else 1]
        self.fold = 0
        self.curves: dict[tuple[str, int], Curves] = {}
        self.finals: dict[str, FitResult] = {}
        self.rivals: Rivals | None = None
        self.cpu_seconds = 0.0
        self.is_over = False
        self._started = False

    @property
    def serving(self) -> Recipe:
        """The recipe that serves."""
        return self.contest.champion or self.alive[0]

    @property
    def shadow(self) -> Recipe | None:
        """The challenger that is watched beside the one that serves."""
        if self.alive[0] != self.serving:
            return self.alive[0]
        was_raced = self.contest.shadow is not None and self.contest.shadow.name in self.tried
        return None if was_raced else self.contest.shadow

    @property
    def tasks_left(self) -> int:
        """How many tasks are still to be handed out, if every round halves the candidates."""
        if self.is_over:
            return 0
        left = 0 if self._started else 1 + len(self.data.folds)
        alive = len(self.alive)
        for _ in range(self.fold, len(self.data.folds)):
            left += alive
            alive = (alive + 1) // 2
        return left + 1

    def next_tasks(self) -> list[FitTask]:
        """Return the tasks of the next round; none when the race is over.

        One recipe alone runs all its folds at once, and its final fit beside them.
        """
        if self.is_over:
            return []
        count = len(self.data.folds)
        rivals = [] if self._started else self._tasks(RIVALS, [None, *range(count)])
        self._started = True
        if self.fold == count or len(self.alive) == 1:
            left = list(range(self.fold, count))
            self.fold, self.is_over = count, True
            watched = [] if self.shadow is None else self._tasks(self.shadow.name, [None])
            return rivals + self._tasks(self.serving.name, [*left, None]) + watched
        tasks = [task for r in self.alive for task in self._tasks(r.name, [self.fold])]
        self.fold += 1
        return rivals + tasks

    def take(self, task: FitTask, result: FitResult) -> None:
        """Take the result of one task."""
        self.cpu_seconds += result.cpu_seconds
        if task.fold is not None:
            self.curves[task.recipe, task.fold] = result.curves
        elif task.recipe == RIVALS:
            self.rivals = result.rivals
        else:
            self.finals[task.recipe] = result
        tried = self.tried.get(task.recipe)
        if tried is not None:
            tried.cpu_seconds += result.cpu_seconds
            if task.fold is not None:
                tried.add(result)

    def close_round(self) -> None:
        """Let the better half go on, and always the champion; rank them after the newest fold."""
        if self.is_over:
            self.tried[self.serving.name].verdict = "serves"
            if self.shadow is not None and self.shadow.name in self.tried:
                self.tried[self.shadow.name].verdict = "watched"
            return
        ranked = self._ranked()
        was_compared = any(self.tried[recipe.name].rows for recipe in ranked)
        # Too early for any of them to be fitted: nothing was compared.
        keep = (len(ranked) + 1) // 2 if was_compared else len(ranked)
        if self.fold == len(self.data.folds):
            keep = 1
        kept = [r for k, r in enumerate(ranked) if k < keep or r == self.contest.champion]
        for recipe in ranked:
            if recipe not in kept:
                of = f"fold {self.fold} of {len(self.data.folds)}"
                self.tried[recipe.name].verdict = f"left out after {of}"
        self.alive = kept

    def _ranked(self) -> list[Recipe]:
        """Best first; a later one passes an earlier one only by a clear gain."""
        ranked: list[Recipe] = []
        for recipe in self.alive:
            loss = self._loss(recipe) * (1.0 + LEAST_GAIN)
            place = next((k for k, r in enumerate(ranked) if loss < self._loss(r)), len(ranked))
            ranked.insert(place, recipe)
        return ranked

    def _loss(self, recipe: Recipe) -> float:
        tried = self.tried[recipe.name]
        return tried.loss if tried.rows else float("inf")

    def _tasks(self, recipe: str, folds: Sequence[int | None]) -> list[FitTask]:
        rows = float(sum(len(sample.at) for sample in self.data.samples))
        code = self.data.spec.code
        return [FitTask(code, self.group, fold, recipe, rows * self._share(fold)) for fold in folds]

    def _share(self, fold: int | None) -> float:
        return 1.0 if fold is None else (fold + 1) / (len(self.data.folds) + 1)
