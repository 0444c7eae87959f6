"""How much of a class's curve comes from sensors, from the best single limit and from age alone.

Sensors speak of the days ahead; how a life ends months away, age tells better, and a hazard that
learned from few lives is too sure of itself there. Which blend serves is judged out of fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blend:
    """Shares of the hazard in every bin, the recipe's being what is left.

    limit: the single-sensor limit's; age: the age rule's in the bins up to the order rule's
    horizon; far_age: the age rule's in the bins beyond, where it may be all there is.
    """

    limit: float = 0.0
    age: float = 0.0
    far_age: float = 0.0

    def sentence(self, ended: int) -> str:
        """Whose word counts how much, for a page; `ended` lives in the tested rows said so."""
        if self == ALONE:
            return "The learned hazard speaks alone."
        near = 1.0 - self.age - min(self.limit, 1.0 - self.age)
        beyond = f"; beyond it {self.far_age:.0%} age" if self.far_age else ""
        parts = {"learned hazard": near, "best single-sensor limit": self.limit, "age": self.age}
        told = ", ".join(f"{share:.0%} {name}" for name, share in parts.items() if share)
        why = "Rows none had seen said so."
        if ended < CHOSEN_FROM:
            why = (
                f"{ended} of the {CHOSEN_FROM} ended lives it takes to choose by were seen so far."
            )
        return f"Up to the order rule's horizon {told}{beyond}. {why}"

    def of(self, curves: Mapping[str, Floats], near: int) -> Floats:
        """Return the blend of the curves "recipe", "limit" and "age", (n, bins + 1) each.

        near: how many bins lie within the horizon. Where an age is not known, its curve is NaN
        and the recipe stands in for it.
        """
        if self == ALONE:
            return curves["recipe"]
        by_hazard, by_limit, by_age = (_rises(curves[name]) for name in ("recipe", "limit", "age"))
        by_age = np.where(np.isfinite(by_age), by_age, by_hazard)
        share = np.where(np.arange(by_age.shape[1]) < near, self.age, self.far_age)
        limited = np.minimum(self.limit, 1.0 - share)
        rises = (1.0 - share - limited) * by_hazard + limited * by_limit + share * by_age
        start = np.ones((len(rises), 1))
        return np.hstack([start, np.exp(-np.cumsum(rises, axis=1))])


ALONE = Blend()
# Serves until enough lives have ended to choose: who learned from few is too sure of itself.
CAUTIOUS = Blend(limit=0.25, age=0.25, far_age=0.75)
# In the order a tie is decided.
BLENDS: tuple[Blend, ...] = (ALONE, Blend(limit=0.5), Blend(age=0.5, far_age=1.0), CAUTIOUS)
# Lives that ended in rows nobody had seen, from which on a blend is chosen by them.
CHOSEN_FROM = 16
# No survival is told as less: its logarithm has to be finite.
SMALLEST = 1e-12


def near_bins(edges: Sequence[float], horizon_steps: float) -> int:
    """Return how many bins end within the horizon."""
    return int(np.searchsorted(np.array(edges), horizon_steps, side="right"))


def _rises(curve: Floats) -> Floats:
    """Cumulative hazard added in each bin, (n, bins)."""
    return np.asarray(-np.diff(np.log(np.maximum(curve, SMALLEST)), axis=1))
