"""Scores of probabilistic forecasts, for rows whose truth is known.

Every function takes `risk` (f8[n], probability of an event within the horizon) and `failed`
(bool[n], what happened).  Rows whose truth is unknown, because the life was censored before the
horizon had passed, are left out beforehand by `known_within`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A forecast of exactly 0 that fails would cost infinitely much; one in a million is certain enough.
CLIP = 1e-6


def known_within(duration: Floats, kind: NDArray[np.int8], horizon: float) -> tuple[Bools, Bools]:
    """Return (failed, known): did an event fall in (t, t + horizon], and can that be said?

    A life censored before the horizon has passed is unknown; one censored exactly at it is not.
    """
    failed = (kind > 0) & (duration <= horizon)
    return failed, failed | (duration >= horizon)


def log_losses(risk: Floats, failed: Bools) -> Floats:
    """Return -log of the probability each row gave to what happened (nats, smaller is better)."""
    p = np.clip(risk, CLIP, 1 - CLIP)
    return np.asarray(-np.where(failed, np.log(p), np.log1p(-p)))


def squared_losses(risk: Floats, failed: Bools) -> Floats:
    """Return the squared distance of each row's risk to what happened."""
    return np.asarray((risk - failed) ** 2)


def decision_costs(
    risk: Floats, failed: Bools, *, threshold: float, inspection: float, saved: float
) -> Floats:
    """Return the cost of each decision against doing nothing.

    An alarm costs one inspection and saves `saved` (detection share x (unplanned - planned)) when
    the machine would have failed.  The threshold inspection / saved minimises its expectation for
    a calibrated risk.
    """
    alarm = risk >= threshold
    return np.asarray(np.where(alarm, inspection - saved * failed, 0.0))


def log_score(risk: Floats, failed: Bools) -> float:
    """Return the mean log loss."""
    return float(log_losses(risk, failed).mean())


def brier_score(risk: Floats, failed: Bools) -> float:
    """Return the mean squared error of the risk (Brier 1950)."""
    return float(squared_losses(risk, failed).mean())


def brier_skill(risk: Floats, failed: Bools, base: Floats) -> float | None:
    """Return 1 - Brier(risk) / Brier(base); None where the base makes no error at all."""
    worst = brier_score(base, failed)
    return 1.0 - brier_score(risk, failed) / worst if worst > 0 else None


def average_precision(risk: Floats, failed: Bools) -> float | None:
    """Return the area under the precision-recall steps; None without a failure.

    Rows of equal risk are one step, so the order of ties does not matter.
    """
    if not failed.any():
        return None
    true, flagged, _ = _ranked(risk, failed)
    gain = np.diff(true, prepend=0) / true[-1]
    return float((gain * true / flagged).sum())


def f1_score(risk: Floats, failed: Bools, threshold: float) -> float:
    """Return F1 of the alarms risk >= threshold; 0 without alarm and failure."""
    alarm = risk >= threshold
    both = int((alarm & failed).sum())
    total = int(alarm.sum() + failed.sum())
    return 2.0 * both / total if total else 0.0


def best_threshold(risk: Floats, failed: Bools) -> float:
    """Return the threshold of the greatest F1: choose it on training time, then keep it.

    It lies half way to the next lower risk, so that it does not hang on one row.  Without a
    failure nothing may alarm and the answer is above 1.
    """
    if not failed.any():
        return 1.1
    true, flagged, level = _ranked(risk, failed)
    best = int(np.argmax(2.0 * true / (flagged + true[-1])))
    below = level[best + 1] if best + 1 < len(level) else 0.0
    return float((level[best] + below) / 2)


def reliability(risk: Floats, failed: Bools, bins: int = 10) -> list[dict[str, float]]:
    """Return rows of (count, mean risk, observed share) over bins of equal width in risk."""
    index = np.minimum((risk * bins).astype(int), bins - 1)
    rows = []
    for b in np.unique(index):
        here = index == b
        row = {"rows": int(here.sum()), "risk": float(risk[here].mean())}
        rows.append(row | {"observed": float(failed[here].mean())})
    return rows


def scores(risk: Floats, failed: Bools, base: Floats) -> dict[str, Any]:
    """Return every score of one forecaster at one horizon; empty without rows."""
    if not len(risk):
        return {}
    return {
        "log_score": log_score(risk, failed),
        "brier": brier_score(risk, failed),
        "brier_skill": brier_skill(risk, failed, base),
        "average_precision": average_precision(risk, failed),
    }


def bootstrap_means(totals: Floats, counts: Floats, *, draws: int = 1000, seed: int = 0) -> Floats:
    """Return `draws` means of rows when whole machines are drawn with replacement.

    totals [machines, k] sums of k losses per machine, counts [machines] rows per machine;
    result [draws, k].  Rows of one machine are not independent, machines nearly are.
    """
    rng = np.random.default_rng(seed)
    machines = len(counts)
    weight = rng.multinomial(machines, np.full(machines, 1 / machines), size=draws)
    return np.asarray((weight @ totals) / np.maximum(weight @ counts, 1)[:, None])


def _ranked(risk: Floats, failed: Bools) -> tuple[Floats, Floats, Floats]:
    """Return (failures caught, rows flagged, risk) at each distinct risk from the top."""
    order = np.argsort(-risk, kind="stable")
    ranked = risk[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true = np.cumsum(failed[order])[last].astype(float)
    return true, (last + 1).astype(float), ranked[last]
