"""What the class stage works on: samples in canonical order, groups of modes, folds."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.gate import MIN_EVENTS
from models.group_models import POOLED, ModeGroup
from models.pools import Pool, event_counts, fingerprint, in_order, is_undecided, pool
from models.recipes import DEEP, OPEN_CONTEST, QUICK, Contest, Contests
from models.samples import Sample
from models.spec import ClassSpec
from models.splits import Fold, forward_folds

# How many fits share the machines a final fit must not look at: two cost least.
SIDES = 2
# A mode that never failed keeps this weight in the split of a shared hazard.
SHARE_PRIOR = 0.5


@dataclass(frozen=True, slots=True)
class UnitFold:
    """Machines never seen: learn from all the others, test on these, over all their time."""

    tested: frozenset[int]

    @property
    def purpose(self) -> str:
        """What tells this fold apart, for seeds and reports."""
        return "units " + " ".join(map(str, sorted(self.tested)))


AnyFold = Fold | UnitFold
Machines = frozenset[int]
"""Machines by their place among the samples."""


@dataclass(frozen=True, slots=True)
class ClassData:
    """What every task of one class is given: samples in canonical order, groups, folds.

    `contests` by group name: the recipes that compete for it.
    """

    spec: ClassSpec
    samples: tuple[Sample, ...]
    prints: tuple[str, ...]
    groups: tuple[ModeGroup, ...]
    folds: tuple[AnyFold, ...]
    contests: Contests

    @property
    def until(self) -> int:
        """The instant up to which the class has learned."""
        return max(sample.until for sample in self.samples)

    def learned_samples(self, fold: AnyFold | None) -> tuple[Sample, ...]:
        """Return the samples a fold may learn from, as they were known to it; None = all."""
        if fold is None:
            return self.samples
        if isinstance(fold, UnitFold):
            return tuple(s for k, s in enumerate(self.samples) if k not in fold.tested)
        return tuple(sample.as_of(fold.origin) for sample in self.samples)

    def learned_rows(
        self, samples: Sequence[Sample], group: ModeGroup, fold: AnyFold | None
    ) -> Pool:
        """Return the rows of `learned_samples` that a fold may learn from."""
        rows = pool(samples, group.modes)
        return rows.take(fold.train(rows.at)) if isinstance(fold, Fold) else rows

    def sides(self, group: ModeGroup) -> tuple[Machines, ...]:
        """Return the machines each final fit is blind to, dealt out in canonical order.

        Together they are all whose life goes on; where none does, one fit looks at everything.
        """
        rows = pool(self.samples, group.modes)
        running = [int(machine) for machine in np.unique(rows.machine[self._undecided(rows)])]
        dealt = (frozenset(running[side::SIDES]) for side in range(SIDES))
        return tuple(side for side in dealt if side) or (frozenset(),)

    def blinded_rows(self, group: ModeGroup, blind_to: Machines) -> Pool:
        """Return all rows; what the machines of a side went through of late is only counted."""
        rows = pool(self.samples, group.modes)
        hidden = self._undecided(rows) & np.isin(rows.machine, list(blind_to))
        return rows.untaught(hidden) if hidden.any() else rows

    def _undecided(self, rows: Pool) -> NDArray[np.bool_]:
        return is_undecided(rows, self.until, self.spec.gap_steps * self.spec.step_us)

    def tested_rows(self, group: ModeGroup, fold: AnyFold) -> Pool:
        """Return the rows a fold is tested on, with what is known of them today."""
        everything = pool(self.samples, group.modes)
        if isinstance(fold, UnitFold):
            return everything.take(np.isin(everything.machine, list(fold.tested)))
        return everything.take(fold.test(everything.at))

    def seed(self, group: ModeGroup, fold: AnyFold | None) -> int:
        """Return a seed from what was learned and why, never from a name of a machine."""
        purpose = f"{group.name} {fold.purpose if fold else 'final'}"
        return zlib.crc32(" ".join([*self.prints, purpose]).encode())


def prepare(
    spec: ClassSpec,
    samples: Sequence[Sample],
    folds: int | None = None,
    *,
    units: int | None = None,
    contests: Contests | None = None,
) -> ClassData:
    """Return what the class stage works on.

    `folds` keeps only the newest origins of the time-ordered back-test: a quick refit. `units`
    tests on machines never seen instead, in so many folds: for units that lived once, side by
    side. `contests` by group name; a group that is not named compares all recipes that are
    declared.
    """
    ordered = in_order(samples)
    first_at = min(int(sample.at[0]) for sample in ordered)
    until = max(sample.until for sample in ordered)
    groups = group_modes(event_counts(ordered, spec.mode_codes))
    usual = _usual_contest(spec, is_quick=folds is not None)
    by_time = forward_folds(spec, first_at, until, newest=folds)
    return ClassData(
        spec=spec,
        samples=ordered,
        prints=tuple(fingerprint(sample) for sample in ordered),
        groups=groups,
        folds=by_time if units is None else unit_folds(len(ordered), units),
        contests={g.name: (contests or {}).get(g.name, usual) for g in groups},
    )


def _usual_contest(spec: ClassSpec, *, is_quick: bool) -> Contest:
    """Everything declared; the deep predictor alone where a class asks for it; a quick refit
    compares nothing."""
    if spec.predictor == "deep":
        return Contest((DEEP,))
    return Contest((QUICK,)) if is_quick else OPEN_CONTEST


def unit_folds(machines: int, count: int) -> tuple[UnitFold, ...]:
    """Return `count` folds that test every machine once, dealt out in canonical order."""
    dealt = [frozenset(range(first, machines, count)) for first in range(min(count, machines))]
    return tuple(UnitFold(tested) for tested in dealt)


def group_modes(events: Mapping[str, int]) -> tuple[ModeGroup, ...]:
    """Return one group per mode with enough events, and one for all the others together."""
    alone = [mode for mode, count in events.items() if count >= MIN_EVENTS]
    rare = tuple(mode for mode in events if mode not in alone)
    groups = [ModeGroup(mode, (mode,), (1.0,), (events[mode],)) for mode in alone]
    if rare:
        weights = [events[mode] + SHARE_PRIOR for mode in rare]
        shares = tuple(weight / sum(weights) for weight in weights)
        name = rare[0] if len(rare) == 1 else POOLED
        groups.append(ModeGroup(name, rare, shares, tuple(events[mode] for mode in rare)))
    return tuple(groups)
