"""Log scores of one forecaster on tested rows, kept by machine and window, and which are better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.metrics import known_within, log_losses
from models.pools import Pool
from models.predictors.base import survival_at
from models.spec import ClassSpec

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Losses:
    """Sums of log scores and counts of rows with a known truth, (machines, windows) each."""

    sums: Floats
    rows: NDArray[np.int64]

    @property
    def known(self) -> int:
        """Rows whose truth is known within any window."""
        return int(self.rows.sum(axis=0).max(initial=0))

    @property
    def mean(self) -> float:
        """The log score, averaged over the windows: what is compared must serve them all."""
        return float(self._per_machine.sum()) if self.known else np.inf

    def __add__(self, other: Losses) -> Losses:
        return Losses(self.sums + other.sums, self.rows + other.rows)

    def is_clearly_better_than(self, other: Losses, errors: float = 1.0) -> bool:
        """Whether the gain is more than so many standard errors over machines; same rows in both.

        One is the usual rule (Breiman and others 1984, section 3.4.3): less is chance.
        """
        was_tested = self.rows.any(axis=1)
        gain = (other._per_machine - self._per_machine)[was_tested]
        if len(gain) < 2:
            return False
        return bool(gain.sum() > errors * gain.std(ddof=1) * np.sqrt(len(gain)))

    @property
    def _per_machine(self) -> Floats:
        """What each machine adds to the mean, (machines,)."""
        rows = self.rows.sum(axis=0)
        told = rows > 0
        return np.asarray((self.sums[:, told] / rows[told]).sum(axis=1) / max(told.sum(), 1))


def losses_of(curve: Floats, rows: Pool, spec: ClassSpec, machines: int) -> Losses:
    """Return the losses of curves (n, bins + 1) of n rows of so many machines.

    The windows are the order rule's, its horizon and the declared horizons.
    """
    windows = sorted({*spec.horizons, spec.risk_steps, spec.horizon_steps})
    sums = np.zeros((machines, len(windows)))
    counts = np.zeros((machines, len(windows)), np.int64)
    for column, window in enumerate(windows):
        failed, known = known_within(rows.target.duration, rows.target.kind, window)
        risk = 1.0 - survival_at(curve[known], spec.edges, window)
        machine = rows.machine[known]
        sums[:, column] = np.bincount(machine, log_losses(risk, failed[known]), machines)
        counts[:, column] = np.bincount(machine, minlength=machines)
    return Losses(sums, counts)


def nothing_judged(machines: int = 0) -> Losses:
    """Return the losses of no row at all."""
    return Losses(np.zeros((machines, 0)), np.zeros((machines, 0), np.int64))
