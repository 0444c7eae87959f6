"""The rows of all machines of a class, put together the same way whatever their names and order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import ModeLabel
from models.outcomes import CENSORED, CONFIRMED_FAULT
from models.predictors.base import Target
from models.samples import Sample

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FOREVER = np.inf


@dataclass(frozen=True, slots=True)
class Pool:
    """n rows at risk of one or several modes taken together.

    machine: index of the sample each row came from; row: its row in that sample; ends_at: instant
    of the end of the row's life, as far as it is known.
    """

    X: NDArray[np.float32]
    target: Target
    at: NDArray[np.int64]
    machine: NDArray[np.intp]
    row: NDArray[np.intp]
    ends_at: NDArray[np.int64]

    @property
    def life(self) -> NDArray[np.intp]:
        """A number per row, the same for the rows of one life of one machine."""
        both = np.stack([self.machine.astype(np.int64), self.ends_at])
        return np.asarray(np.unique(both, axis=1, return_inverse=True)[1]).ravel()

    def __len__(self) -> int:
        return len(self.at)

    def untaught(self, rows: Bools) -> Pool:
        """Return all rows, the marked ones only counted: no flexible predictor looks at them."""
        return replace(self, target=replace(self.target, taught=~rows))

    def take(self, rows: Bools) -> Pool:
        """Return the marked rows."""
        parts = (self.at[rows], self.machine[rows], self.row[rows], self.ends_at[rows])
        return Pool(self.X[rows], self.target.take(rows), *parts)


def is_undecided(rows: Pool, until: int, gap: int) -> Bools:
    """Return which rows belong to the last *gap* (microseconds) of a life that still goes on.

    A fit that looked at them knows by heart that this very machine survives looking so, more of
    it each night, and talks itself out of the risk it saw (ADR 18).
    """
    goes_on = (rows.target.kind == CENSORED) & (rows.ends_at >= until)
    return np.asarray(goes_on & (rows.at > until - gap))


def fingerprint(sample: Sample) -> str:
    """Return 64 hex digits of what the sample says, its name left out."""
    digest = hashlib.blake2b(digest_size=32)
    for part in (sample.at, sample.X):
        digest.update(np.ascontiguousarray(part).tobytes())
    for mode in sorted(sample.labels):
        label = sample.labels[mode]
        for column in (label.duration, label.kind, label.age, label.at_risk):
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def in_order(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Return samples ordered by content, so that results depend on no name and no arrival."""
    return tuple(sorted(samples, key=fingerprint))


def pool(samples: Sequence[Sample], modes: Sequence[str]) -> Pool:
    """Return the rows at risk of any of `modes`; several modes end at the earliest end."""
    labels = [first_end([sample.labels[mode] for mode in modes]) for sample in samples]
    kept = [label.at_risk & (label.duration > 0) for label in labels]
    rows = [np.flatnonzero(keep) for keep in kept]
    pairs = list(zip(samples, rows, strict=True))
    target = Target(
        duration=_join([label.duration[keep] for label, keep in zip(labels, kept, strict=True)]),
        kind=_join([label.kind[keep] for label, keep in zip(labels, kept, strict=True)]),
        watched=_join([watched(sample)[row] for sample, row in pairs]),
    )
    machine = np.repeat(np.arange(len(samples)), [len(row) for row in rows])
    X = np.concatenate([sample.X[row] for sample, row in pairs])
    ends_at = [label.ends_at[keep] for label, keep in zip(labels, kept, strict=True)]
    at = _join([s.at[row] for s, row in pairs])
    return Pool(X, target, at, machine, _join(rows), _join(ends_at))


def stack(pools: Sequence[Pool]) -> Pool:
    """Return the rows of several pools of the same samples, one pool after the other."""
    targets = [part.target for part in pools]
    return Pool(
        X=np.concatenate([part.X for part in pools]),
        target=Target(
            _join([target.duration for target in targets]),
            _join([target.kind for target in targets]),
            _join([target.watched for target in targets]),
        ),
        at=_join([part.at for part in pools]),
        machine=_join([part.machine for part in pools]),
        row=_join([part.row for part in pools]),
        ends_at=_join([part.ends_at for part in pools]),
    )


def no_rows(samples: Sequence[Sample], modes: Sequence[str]) -> Pool:
    """Return a pool without rows, with the columns of these samples."""
    rows = pool(samples[:1], modes)
    return rows.take(np.zeros(len(rows), bool))


def first_end(labels: Sequence[ModeLabel]) -> ModeLabel:
    """Return the label of whichever life ends first, an event before a censoring at once."""
    if len(labels) == 1:
        return labels[0]
    durations = np.stack([label.duration for label in labels])
    kinds = np.stack([label.kind for label in labels])
    first = np.lexsort((-(kinds > 0).astype(int), durations), axis=0)[0]
    row = np.arange(len(first))
    return ModeLabel(
        duration=durations[first, row],
        kind=kinds[first, row],
        age=np.max([label.age for label in labels], axis=0),
        at_risk=np.all([label.at_risk for label in labels], axis=0),
        ends_at=np.min([label.ends_at for label in labels], axis=0),
    )


def watched(sample: Sample) -> Floats:
    """Return running steps from each row to the next, for the last one to the end of time."""
    clock = sample.elapsed_steps(sample.at)
    return np.append(np.diff(clock), FOREVER)


def lives(samples: Sequence[Sample], mode: str) -> tuple[Floats, Target]:
    """Return (entry ages (n, 1), what happened) of every life of one component.

    Confirmed faults end a life here as they do for the hazard; `Sample.lives` has them censored.
    """
    entries, durations, kinds = [], [], []
    for sample in samples:
        known, label = sample.lives[mode], sample.labels[mode]
        faults = label.ends_at[label.kind == CONFIRMED_FAULT]
        entries.append(known.entry)
        durations.append(known.durations - known.entry)
        kinds.append(known.events | np.isin(known.ended_at, faults))
    kind = np.where(_join(kinds), 1, CENSORED).astype(np.int8)
    duration = _join(durations)
    target = Target(duration, kind, np.full(len(duration), FOREVER))
    return _join(entries)[:, None], target


def event_counts(samples: Sequence[Sample], modes: Sequence[str]) -> Mapping[str, int]:
    """Return how many lives of each mode ended in an event inside the rows."""
    return {mode: int(pool(samples, [mode]).target.ends_here.sum()) for mode in modes}


def ages(samples: Sequence[Sample], mode: str, rows: Pool) -> Floats:
    """Return the age (n, 1) of one mode at the rows of a pool of the same samples."""
    joined = _join([sample.labels[mode].age for sample in samples])
    start = np.cumsum([0, *(len(sample.at) for sample in samples)])
    return np.asarray(joined[start[rows.machine] + rows.row][:, None])


def _join(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)
