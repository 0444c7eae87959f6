"""Alarms against failures, each failure counted once, with intervals over machines.

1. A failure is found if an alarm of its component (or of the whole machine) lies in
   [failure - horizon, failure - minimum lead].
2. Alarms of one component closer than the horizon are one. It is right if one of its nights found
   a failure, or a fault that somebody saw at work on the component; else it is a false alarm.
3. An alarm whose horizon reaches beyond the record is judged only if it is right already.
4. Intervals: 90 %, machines drawn with replacement (1,000 draws).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.record import Happening
from benchmarks.measuring.scoring import DAY_US

Floats = NDArray[np.float64]
DRAWS = 1_000
INTERVAL = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One warning of a component ("any": of the machine): the nights that gave it, rising."""

    machine: int
    mode: str
    nights: tuple[int, ...]


OnMachine = TypeVar("OnMachine", Alarm, Happening)


@dataclass(frozen=True, slots=True)
class Window:
    """Where an alarm counts: `lead` to `horizon` before the failure, microseconds.

    Nights were run from `first` to `last`; everything up to `until` is known.
    """

    lead: int
    horizon: int
    first: int
    last: int
    until: int

    def warns(self, night: int, at: int) -> bool:
        """Whether an alarm of that night was in time for what happened at `at`, after it."""
        return at - self.horizon <= night <= at - self.lead and night < at

    def is_scored(self, failure: Happening) -> bool:
        """Whether any of the nights could have warned of it in time."""
        in_time = self.first <= failure.at - self.lead and failure.at - self.horizon <= self.last
        return in_time and failure.at <= self.until


@dataclass(frozen=True, slots=True)
class Judged:
    """Counts by machine (m,), and the lead in days of every found failure with its machine."""

    failures: Floats
    found: Floats
    alarms: Floats
    right: Floats
    leads: Floats
    lead_machine: NDArray[np.intp]


def merge(nights: Iterable[tuple[int, str, int]], horizon: int) -> list[Alarm]:
    """Return alarms from (machine, mode, night): a new one starts a horizon after the last did."""
    grouped: dict[tuple[int, str], list[int]] = defaultdict(list)
    for machine, mode, night in nights:
        grouped[machine, mode].append(night)
    merged = []
    for (machine, mode), given in sorted(grouped.items()):
        run: list[int] = []
        for night in sorted(set(given)):
            if run and night - run[0] >= horizon:
                merged.append(Alarm(machine, mode, tuple(run)))
                run = []
            run.append(night)
        merged.append(Alarm(machine, mode, tuple(run)))
    return merged


def judge(
    alarms: Sequence[Alarm],
    failures: Sequence[Happening],
    faults: Sequence[Happening],
    machines: Sequence[int],
    window: Window,
) -> Judged:
    """Return what came of every alarm and every failure; faults only make alarms right."""
    place = {machine: k for k, machine in enumerate(machines)}
    scored = [failure for failure in failures if window.is_scored(failure)]
    given, happened = _by_machine(alarms), _by_machine([*failures, *faults])
    leads = [
        (place[failure.machine], lead)
        for failure in scored
        if (lead := _lead(failure, given[failure.machine], window)) is not None
    ]
    told = [(alarm, is_right(alarm, happened[alarm.machine], window)) for alarm in alarms]
    known = [
        (a, right) for a, right in told if right or a.nights[0] + window.horizon <= window.until
    ]
    return Judged(
        failures=_count(len(place), (place[f.machine] for f in scored)),
        found=_count(len(place), (k for k, _ in leads)),
        alarms=_count(len(place), (place[a.machine] for a, _ in known)),
        right=_count(len(place), (place[a.machine] for a, right in known if right)),
        leads=np.array([lead / DAY_US for _, lead in leads]),
        lead_machine=np.array([k for k, _ in leads], dtype=np.intp),
    )


def is_right(alarm: Alarm, happened: Iterable[Happening], window: Window) -> bool:
    """Whether one of its nights was in time for something that really was there on the machine."""
    return any(
        one.concerns(alarm.mode)
        and one.at <= window.until
        and any(window.warns(night, one.at) for night in alarm.nights)
        for one in happened
    )


def event_scores(judged: Judged, *, years_each: float, seed: int = 0) -> dict[str, Any]:
    """Return counts, scores and their intervals; None where there is nothing to divide by."""
    machines = len(judged.failures)
    one = np.ones((1, machines))
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(machines, np.full(machines, 1 / machines), size=DRAWS)
    made = {name: of(judged, one, years_each)[0] for name, of in _SCORES.items()}
    drawn = {name: of(judged, draws, years_each) for name, of in _SCORES.items()}
    return {
        "failures": int(judged.failures.sum()),
        "found": int(judged.found.sum()),
        "alarms": int(judged.alarms.sum()),
        "right": int(judged.right.sum()),
        **{name: _known(value) for name, value in made.items()},
        "intervals_90": {name: interval(values) for name, values in drawn.items()},
    }


def interval(values: Floats) -> list[float] | None:
    """Return the ends of the 90 % interval of what could be worked out; None without any."""
    finite = values[np.isfinite(values)]
    return [float(end) for end in np.percentile(finite, INTERVAL)] if len(finite) else None


def _by_machine(rows: Iterable[OnMachine]) -> defaultdict[int, list[OnMachine]]:
    found: defaultdict[int, list[OnMachine]] = defaultdict(list)
    for row in rows:
        found[row.machine].append(row)
    return found


def _lead(failure: Happening, alarms: Iterable[Alarm], window: Window) -> int | None:
    """The time from the machine's first alarm in time to the failure; None: it was missed."""
    in_time = [
        failure.at - night
        for alarm in alarms
        if failure.concerns(alarm.mode)
        for night in alarm.nights
        if window.warns(night, failure.at)
    ]
    return max(in_time, default=None)


def _count(machines: int, places: Iterable[int]) -> Floats:
    return np.bincount(np.array(list(places), dtype=np.intp), minlength=machines).astype(float)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- scores of weighted machines: `weights` (draws, machines) -> (draws,), NaN = undefined

Weights = NDArray[Any]


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _precision(judged: Judged, weights: Weights, _: float) -> Floats:
    return _ratio(weights @ judged.right, weights @ judged.alarms)


def _recall(judged: Judged, weights: Weights, _: float) -> Floats:
    return _ratio(weights @ judged.found, weights @ judged.failures)


def _f1(judged: Judged, weights: Weights, years: float) -> Floats:
    """The harmonic mean; 0 where something failed and nothing was found."""
    recall = _recall(judged, weights, years)
    precision = np.nan_to_num(_precision(judged, weights, years))
    both = np.where(recall + precision > 0, recall + precision, 1.0)
    return np.asarray(2 * precision * recall / both)


def _false_alarms(judged: Judged, weights: Weights, years: float) -> Floats:
    false = weights @ (judged.alarms - judged.right)
    return _ratio(false, weights.sum(axis=1) * years)


def _lead_quantile(share: float) -> Callable[[Judged, Weights, float], Floats]:
    """By nearest rank, as all leads of this benchmark."""

    def of(judged: Judged, weights: Weights, _: float) -> Floats:
        order = np.argsort(judged.leads, kind="stable")
        if not len(order):
            return np.full(len(weights), np.nan)
        mass = np.cumsum(weights[:, judged.lead_machine[order]], axis=1)
        total = mass[:, -1:]
        rank = (mass >= share * total).argmax(axis=1)
        return np.where(total[:, 0] > 0, judged.leads[order][rank], np.nan)

    return of


_SCORES: dict[str, Callable[[Judged, Weights, float], Floats]] = {
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "false_alarms_per_machine_year": _false_alarms,
    "lead_days_median": _lead_quantile(0.5),
    "lead_days_p10": _lead_quantile(0.1),
}
