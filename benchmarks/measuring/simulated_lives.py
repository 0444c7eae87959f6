"""Machines whose true risk is known at every row, with and without somebody who repairs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.predictors.base import Bools, Floats, Target

Whole = NDArray[np.int64]

EDGES = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0)
TYPICAL_LIFE = 60.0
LATE = 1 + EDGES.index(7.0)

# good, worn, bad, failed; one step.
STEP = np.array([[0.97, 0.03, 0, 0], [0, 0.93, 0.06, 0.01], [0, 0, 0.85, 0.15], [0, 0, 0, 1.0]])
BAD, FAILED = 2, 3


@dataclass(frozen=True)
class Rows:
    """Forecasts of n rows one step apart and what came of them.

    survival: (n, bins + 1) as told; risk_now: by which people repair; state: 0 good .. 2 bad.
    """

    survival: Floats
    target: Target
    life: Whole
    risk_now: Floats
    intervened: Bools
    state: Whole

    @property
    def columns(self) -> tuple[Floats, NDArray[np.int8], Floats]:
        """Duration, kind and watched time of the rows."""
        return self.target.duration, self.target.kind, self.target.watched

    def with_interventions_ignored(self) -> Rows:
        """The same, as if those lives had just stopped being watched."""
        return replace(self, intervened=np.zeros(len(self.life), bool))

    def with_interventions_as_survivors(self) -> Rows:
        """What naive labels say: who was repaired would have lived on."""
        duration, kind, watched = self.columns
        lived = Target(np.where(self.intervened, 99.0, duration), kind, watched)
        return replace(self.with_interventions_ignored(), target=lived)


def worn_rows(seed: int, *, lives: int, times: float = 1.0) -> Rows:
    """Return lives that wear out (Weibull, shape 2), told with hazards `times` too high."""
    rng = np.random.default_rng(seed)
    ends = TYPICAL_LIFE * rng.weibull(2.0, lives)
    censored = rng.uniform(20, 150, lives)
    seen = np.minimum(ends, censored)
    ages = [np.arange(0.0, end) for end in seen]
    life = np.repeat(np.arange(lives), [len(age) for age in ages])
    age = np.concatenate(ages)[:, None]
    until = age + np.array([0.0, *EDGES])
    hazard = times * ((until / TYPICAL_LIFE) ** 2 - (age / TYPICAL_LIFE) ** 2)
    kind = (ends <= censored).astype(np.int8)[life]
    target = Target(seen[life] - age[:, 0], kind, np.ones(len(life)))
    nobody = np.zeros(len(life), bool)
    risk = 1 - np.exp(-hazard[:, LATE])
    return Rows(np.exp(-hazard), target, life, risk, nobody, nobody.astype(np.int64))


def curves_of_states() -> Floats:
    """Return P(not failed by each edge) from good, worn and bad, nobody repairing anything."""
    powers = [np.linalg.matrix_power(STEP, int(edge)) for edge in (0, *EDGES)]
    failed = [[power[state, FAILED] for power in powers] for state in range(FAILED)]
    return np.asarray(1 - np.array(failed))


def policy_rows(seed: int, *, lives: int, times: float, repaired: float = 0.3) -> Rows:
    """Return machines of which a bad one is repaired with this chance each step.

    Told are curves with hazards `times` too high.
    """
    rng = np.random.default_rng(seed)
    parts = [_one_life(rng, number, repaired) for number in range(lives)]
    duration, kind, life, state, intervened = (np.concatenate(p) for p in zip(*parts, strict=True))
    told = curves_of_states() ** times
    target = Target(duration.astype(float), kind.astype(np.int8), np.ones(len(life)))
    risk = (1 - told[:, LATE])[state]
    return Rows(told[state], target, life, risk, intervened.astype(bool), state)


def _one_life(rng: np.random.Generator, number: int, repaired: float) -> list[Whole]:
    last = int(rng.integers(60, 200))
    states: list[int] = []
    state, is_repaired = 0, False
    while state != FAILED and len(states) < last and not is_repaired:
        states.append(state)
        is_repaired = state == BAD and bool(rng.random() < repaired)
        state = int(rng.choice(4, p=STEP[state]))
    failed = state == FAILED and not is_repaired
    n = len(states)
    ones = np.ones(n, np.int64)
    return [n - np.arange(n), failed * ones, number * ones, np.array(states), is_repaired * ones]
