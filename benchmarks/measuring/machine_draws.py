"""How far the Azure scores may be from the truth: 90 % intervals, machines drawn anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.event_scores import DRAWS, interval
from benchmarks.measuring.row_scores import Rows, precision_scores
from benchmarks.measuring.scoring import Bools, Floats, Foretold, Truth

Ends = list[float] | None


def intervals_90(foretold: Foretold, truth: Truth, seed: int = 0) -> dict[str, Ends]:
    """Return the ends by score: machines drawn with replacement, each with all its decisions."""
    week = truth.week_counts
    machines = len(week)
    rows = Rows((), np.nonzero(week)[0], truth.week[week])
    of_week = precision_scores(rows, foretold.week[week], machines, seed)
    return {
        "f1_24h": interval(drawn_f1(foretold.alarm, truth, _drawn(machines, seed))),
        "ap_7d": of_week["ap_interval_90"],
    }


def drawn_f1(alarm: Bools, truth: Truth, weights: NDArray[np.int64]) -> Floats:
    """Return F1 at 24 hours (draws,) of machines drawn so often, weights (draws, machines).

    NaN where nothing was alarmed and nothing failed.
    """
    counts = truth.day_counts
    alarmed, failed = alarm & counts, truth.day & counts
    both, total = _per_machine(alarmed & failed), _per_machine(alarmed) + _per_machine(failed)
    every = (weights @ total).astype(float)
    return np.divide(
        2.0 * (weights @ both), every, out=np.full(len(every), np.nan), where=every > 0
    )


def _per_machine(marked: Bools) -> NDArray[np.int64]:
    return np.asarray(marked.sum(axis=(1, 2)))


def _drawn(machines: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    return rng.multinomial(machines, np.full(machines, 1 / machines), size=DRAWS)
