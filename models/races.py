"""Which recipe serves? Successive halving in order of time, on rows no candidate ever saw.

Every recipe of a group is tried on the oldest fold, the better half goes on to the next one, and
so on: the fits grow with the folds while the candidates grow fewer (Jamieson and Talwalkar,
Non-stochastic best arm identification, 2016). The newest fold judges what the others chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.blends import BLENDS, near_bins
from models.class_data import ClassData
from models.class_fits import RIVALS, Curves, FitResult, FitTask, Rivals
from models.cross_fits import CrossFit, Fitted
from models.losses import Losses, losses_of, nothing_judged
from models.pools import Pool
from models.predictors.ensemble import Ensemble, mean_opinion
from models.predictors.hazard import Hazard
from models.recipes import Recipe

# Standard errors a gain must exceed: with several rivals, one of them exceeds one by chance.
ERRORS = 2.0


@dataclass(slots=True)
class Tried:
    """One recipe's trial; `losses` of each of the BLENDS on the folds it could be fitted in."""

    recipe: str
    sees: str
    losses: tuple[Losses, ...] = ()
    folds: int = 0
    cpu_seconds: float = 0.0
    verdict: str = "not tried"

    @property
    def best(self) -> Losses:
        """The losses of its best blend: what it would serve as."""
        return min(self.losses, key=lambda one: one.mean, default=nothing_judged())

    def add(self, losses: Sequence[Losses]) -> None:
        """Take one fold's losses; a fold without a fit has none."""
        if self.losses and losses:
            losses = [a + b for a, b in zip(self.losses, losses, strict=True)]
        self.losses = tuple(losses) or self.losses
        self.folds += 1

    def to_json(self) -> dict[str, Any]:
        """Return the row of the table a page shows; no score where nothing could be judged."""
        rows = self.best.known
        return {
            "recipe": self.recipe,
            "sees": self.sees,
            "folds": self.folds,
            "rows": rows,
            "log_score": self.best.mean if rows else None,
            "cpu_seconds": self.cpu_seconds,
            "verdict": self.verdict,
        }


class Race:
    """The recipes of one group until their final fits are done.

    `serving` is the champion, or the winner where there is none yet; `shadow` the winner where it
    beat the champion, else the challenger that was watched before. Both get a final fit. The mean
    of several recipes is never fitted itself: what they were fitted for is put together.
    """

    def __init__(self, data: ClassData, group: int) -> None:
        self.data = data
        self.group = group
        self.contest = data.contests[data.groups[group].name]
        champion = self.contest.champion
        first = () if champion is None else (champion,)
        self.recipes: list[Recipe] = list(
            {r.name: r for r in (*first, *self.contest.compared)}.values()
        )
        self.tried = {recipe.name: Tried(recipe.name, recipe.sees) for recipe in self.recipes}
        self.alive: list[Recipe] = self.recipes[: None if data.folds else 1]
        self.fold = 0
        self.curves: dict[tuple[str, int], Curves] = {}
        self.finals: dict[tuple[str, int], FitResult] = {}
        self.sides = data.sides(data.groups[group])
        self.rivals: Rivals | None = None
        self.cpu_seconds = 0.0
        self.is_over = False
        self._started = False
        self._judged = 0

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
        alive = self.alive
        for _ in range(self.fold, len(self.data.folds)):
            left += len(_fitted_for(alive))
            alive = alive[: (len(alive) + 1) // 2]
        return left + len(_fitted_for(alive)) * len(self.sides)

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
            kept = [self.serving] if self.shadow is None else [self.serving, self.shadow]
            finals = [task for name in _fitted_for(kept) for task in self._final_tasks(name)]
            names = _fitted_for([self.serving])
            return rivals + [t for name in names for t in self._tasks(name, left)] + finals
        names = _fitted_for(self.alive)
        self.fold += 1
        return rivals + [t for name in names for t in self._tasks(name, [self.fold - 1])]

    def take(self, task: FitTask, result: FitResult) -> None:
        """Take the result of one task."""
        self.cpu_seconds += result.cpu_seconds
        if task.fold is not None:
            self.curves[task.recipe, task.fold] = result.curves
        elif task.recipe == RIVALS:
            self.rivals = result.rivals
        else:
            self.finals[task.recipe, task.side] = result
        for recipe in self.recipes:
            if task.recipe in _fitted_for([recipe]):
                self.tried[recipe.name].cpu_seconds += result.cpu_seconds

    def told(self, recipe: Recipe, fold: int) -> Curves:
        """Return the curve of a recipe by name "hazard"; nothing where it could not be fitted."""
        parts = [self.curves[name, fold] for name in _fitted_for([recipe])]
        if not all("hazard" in part for part in parts):
            return {}
        if len(parts) == 1:
            return parts[0]
        mean = mean_opinion([part["hazard"] for part in parts])
        return {"hazard": mean.astype(np.float32)}

    def final(self, recipe: Recipe) -> tuple[CrossFit | None, str]:
        """Return the final fits of a recipe, or None and why there are none."""
        sides = [self._final(recipe, side) for side in range(len(self.sides))]
        fits = tuple(fit for fit, _ in sides if fit is not None)
        if len(fits) < len(sides):
            return None, next(reason for fit, reason in sides if fit is None)
        tags = [sample.tag for sample in self.data.samples]
        return CrossFit(fits, tuple(frozenset(tags[m] for m in side) for side in self.sides)), ""

    def _final(self, recipe: Recipe, side: int) -> tuple[Fitted | None, str]:
        parts = [self.finals[name, side] for name in _fitted_for([recipe])]
        hazards = tuple(p.hazard for p in parts if isinstance(p.hazard, Hazard))
        if len(parts) == 1 or len(hazards) < len(parts):
            missing = next((part for part in parts if part.hazard is None), parts[0])
            return missing.hazard, missing.reason
        return Ensemble.of(self.data.spec.edges, hazards), ""

    def close_round(self) -> None:
        """Let the better half go on, and always the champion; rank them after the newest fold."""
        self._judge()
        if self.is_over:
            self.tried[self.serving.name].verdict = "serves"
            if self.shadow is not None and self.shadow.name in self.tried:
                self.tried[self.shadow.name].verdict = "watched"
            return
        ranked = self._ranked()
        was_compared = any(self.tried[recipe.name].best.known for recipe in ranked)
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

    def _judge(self) -> None:
        """Score what was told of the folds of this round, blended with the rivals."""
        for fold in range(self._judged, self.fold):
            rows = self.data.tested_rows(self.data.groups[self.group], self.data.folds[fold])
            for recipe in self.alive:
                self.tried[recipe.name].add(self._losses(recipe, fold, rows))
        self._judged = self.fold

    def _losses(self, recipe: Recipe, fold: int, rows: Pool) -> list[Losses]:
        told = self.told(recipe, fold)
        if "hazard" not in told:
            return []
        spec, machines = self.data.spec, len(self.data.samples)
        near = near_bins(spec.edges, spec.horizon_steps)
        known = {"recipe": told["hazard"], **self.curves[RIVALS, fold]}
        curves = {name: curve.astype(float) for name, curve in known.items()}
        blended = [blend.of(curves, near) for blend in BLENDS]
        return [losses_of(curve, rows, spec, machines) for curve in blended]

    def _ranked(self) -> list[Recipe]:
        """Best first; a later one passes an earlier one only where it is clearly better."""
        ranked: list[Recipe] = []
        for recipe in self.alive:
            place = next((k for k, r in enumerate(ranked) if self._passes(recipe, r)), len(ranked))
            ranked.insert(place, recipe)
        return ranked

    def _passes(self, later: Recipe, earlier: Recipe) -> bool:
        """One that could be fitted passes one that could not; both have seen the same folds."""
        mine, other = self.tried[later.name].best, self.tried[earlier.name].best
        if not (mine.known and other.known):
            return mine.known > other.known
        return mine.is_clearly_better_than(other, ERRORS)

    def _final_tasks(self, recipe: str) -> list[FitTask]:
        (task,) = self._tasks(recipe, [None])
        return [replace(task, side=side) for side in range(len(self.sides))]

    def _tasks(self, recipe: str, folds: Sequence[int | None]) -> list[FitTask]:
        rows = float(sum(len(sample.at) for sample in self.data.samples))
        code = self.data.spec.code
        return [FitTask(code, self.group, fold, recipe, rows * self._share(fold)) for fold in folds]

    def _share(self, fold: int | None) -> float:
        return 1.0 if fold is None else (fold + 1) / (len(self.data.folds) + 1)


def _fitted_for(recipes: Sequence[Recipe]) -> list[str]:
    """Return the names of what has to be fitted for these recipes, each once."""
    return list(dict.fromkeys(one.name for recipe in recipes for one in recipe.of or (recipe,)))
