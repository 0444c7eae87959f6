"""Average precision over machine x component x night, with its interval over machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.event_scores import DRAWS, interval
from benchmarks.measuring.record import Part, Record

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """The judged rows: (machine id, mode, night) of each, whose machine, and what happened."""

    keys: tuple[tuple[int, str, int], ...]
    machine: NDArray[np.intp]
    failed: Bools

    def risks(self, told: Mapping[tuple[int, str, int], float]) -> Floats:
        """Return the risk told of each row; silence counts as 0."""
        return np.array([told.get(key, 0.0) for key in self.keys], dtype=float)


def judged_rows(record: Record, nights: Sequence[int], horizon: int) -> Rows:
    """Return the rows whose truth is known: an event within the horizon, or none through it.

    As in the library an event is a failure or a fault found; a life that ended otherwise before
    the horizon had passed leaves its row unknown, one that ended at the very night has no row.
    """
    keys, machine, failed = [], [], []
    place = {known: k for k, known in enumerate(record.machines)}
    for part in record.parts:
        for night in nights:
            truth = _truth(part, night, night + horizon, record.until)
            if truth is not None:
                keys.append((part.machine, part.mode, night))
                machine.append(place[part.machine])
                failed.append(truth)
    return Rows(tuple(keys), np.array(machine, dtype=np.intp), np.array(failed, dtype=bool))


def _truth(part: Part, night: int, end: int, until: int) -> bool | None:
    if night < part.since or end > until:
        return None
    following = int(np.searchsorted(part.ends, night, side="right"))
    if following and part.ends[following - 1] == night:
        return None
    if following == len(part.ends) or part.ends[following] > end:
        return False
    return True if part.kinds[following] > 0 else None


def precision_scores(rows: Rows, risks: Floats, machines: int, seed: int = 0) -> dict[str, Any]:
    """Return the average precision and its 90 % interval; None without an event."""
    ones = np.ones((1, machines))
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(machines, np.full(machines, 1 / machines), size=DRAWS)
    value = float(average_precisions(rows, risks, ones)[0])
    return {
        "ap": value if np.isfinite(value) else None,
        "ap_interval_90": interval(average_precisions(rows, risks, draws)),
    }


def average_precisions(rows: Rows, risks: Floats, weights: NDArray[Any]) -> Floats:
    """Return the average precision (draws,) of rows weighted by machine, (draws, machines).

    Rows of equal risk are one step, so the order of ties does not matter. NaN without an event.
    """
    if not len(risks):
        return np.full(len(weights), np.nan)
    order = np.argsort(-risks, kind="stable")
    last = np.append(np.flatnonzero(np.diff(risks[order])), len(order) - 1)
    machine, failed = rows.machine[order], rows.failed[order]
    return np.array([_weighted(weight[machine], failed, last) for weight in weights])


def _weighted(weight: Floats, failed: Bools, last: NDArray[np.intp]) -> float:
    caught = np.cumsum(weight * failed)[last].astype(float)
    flagged = np.cumsum(weight)[last].astype(float)
    if not caught[-1]:
        return np.nan
    share = np.divide(caught, flagged, out=np.zeros_like(caught), where=flagged > 0)
    return float((np.diff(caught, prepend=0) * share).sum() / caught[-1])
