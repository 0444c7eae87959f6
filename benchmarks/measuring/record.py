"""What really happened to every component of a plant, read by the night's own loader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.services.retraining.plan import ClassPlan, MachinePlan, plan_night
from benchmarks.measuring.plants import ThrowAwayPlant
from benchmarks.measuring.scoring import DAY_US
from models import MachineHistory
from models.outcomes import CENSORED, CONFIRMED_FAULT, clocks_of, concerns

Instants = NDArray[np.int64]
ANY = "any"
_NOBODY_SAID = ("", ANY)
# A machine first seen so soon after it was installed has its first parts still: of an older one
# the record begins somewhere in their lives.
AS_NEW = 30 * DAY_US


@dataclass(frozen=True, slots=True)
class Happening:
    """A failure, or a fault that somebody found; mode "any": nobody said of which component."""

    machine: int
    mode: str
    at: int

    def concerns(self, mode: str) -> bool:
        """Whether a warning of *mode* ("any": of the whole machine) was about this."""
        return ANY in (mode, self.mode) or mode == self.mode


@dataclass(frozen=True, slots=True)
class Part:
    """One component of one machine: every end of a life, rising, with its kind.

    Watched from `since` to the record's end; `born_at`: when its machine was installed, if known.
    is_repair: ends that are only the repair of a failure before.
    """

    machine: int
    class_code: str
    mode: str
    since: int
    born_at: int | None
    ends: Instants
    kinds: NDArray[np.int8]
    is_repair: NDArray[np.bool_]

    @property
    def first_fitted_at(self) -> int:
        """When the first part in sight was fitted: with its machine if that is as new, else nobody
        knows, and its age counts from when the machine was first seen."""
        is_known = self.born_at is not None and self.born_at >= self.since - AS_NEW
        return min(self.born_at or 0, self.since) if is_known else self.since

    def birth(self, at: int) -> int:
        """When the part in place at `at` was fitted."""
        before = int(np.searchsorted(self.ends, at, side="left"))
        return int(self.ends[before - 1]) if before else self.first_fitted_at

    def is_age_known(self, at: int) -> bool:
        """Whether the record says when the part in place at `at` was fitted."""
        is_renewed = bool(len(self.ends)) and bool(self.ends[0] < at)
        return is_renewed or (self.born_at is not None and self.born_at >= self.since - AS_NEW)


@dataclass(frozen=True)
class Record:
    """A plant's record up to `until`; machines without a reading are not in it."""

    machines: tuple[int, ...]
    parts: tuple[Part, ...]
    failures: tuple[Happening, ...]
    faults: tuple[Happening, ...]
    until: int

    @cached_property
    def since(self) -> dict[int, int]:
        """When each machine was first seen."""
        return {part.machine: part.since for part in self.parts}

    @cached_property
    def ends(self) -> frozenset[tuple[int, str, int]]:
        """Machine, component and instant of every end of a life: what was told of a component at
        the very instant at which its life ended has no life left to be judged on."""
        return frozenset(
            (part.machine, part.mode, at) for part in self.parts for at in part.ends.tolist()
        )


def read_record(plant: ThrowAwayPlant) -> Record:
    """Return everything on record today, by machine id. Instants in microseconds UTC."""
    database = plant.database()
    with database.reading() as session:
        plans = plan_night(
            session,
            run_id=0,
            site_id=None,
            as_of=datetime.now(UTC),
            tags=(),
            is_refit=True,
            is_forced=True,
        )
    found = [
        (machine, plan, plan.task(machine, database.url).load())
        for plan in plans
        for machine in plan.machines
    ]
    return record_of([one for one in found if one[2].first_at is not None])


def record_of(found: Iterable[tuple[MachinePlan, ClassPlan, MachineHistory]]) -> Record:
    """Return the record of machines with at least one reading each."""
    known = list(found)
    parts = [part for one in known for part in _parts(*one)]
    return Record(
        machines=tuple(machine.id for machine, _, _ in known),
        parts=tuple(parts),
        failures=tuple(one for machine, _, history in known for one in _failures(machine, history)),
        faults=tuple(
            Happening(part.machine, part.mode, int(at))
            for part in parts
            for at in part.ends[part.kinds == CONFIRMED_FAULT]
        ),
        until=max((_last(history) for *_, history in known), default=0),
    )


def _parts(machine: MachinePlan, plan: ClassPlan, history: MachineHistory) -> list[Part]:
    clocks = clocks_of(history, plan.spec.mode_codes)
    since = history.first_at or 0
    code = plan.settings.code
    services = history.services
    return [
        Part(
            machine=machine.id,
            class_code=code,
            mode=mode,
            since=since,
            born_at=clock.born_at,
            ends=clock.ends,
            kinds=clock.kinds,
            is_repair=(clock.kinds == CENSORED)
            & np.isin(
                clock.ends, services.at[concerns(services.component, mode) & ~services.planned]
            ),
        )
        for mode, clock in clocks.items()
    ]


def _failures(machine: MachinePlan, history: MachineHistory) -> list[Happening]:
    known = zip(history.failures.component.tolist(), history.failures.at.tolist(), strict=True)
    pairs = {(ANY if code in _NOBODY_SAID else code, at) for code, at in known}
    return [Happening(machine.id, mode, at) for mode, at in sorted(pairs, key=lambda p: p[::-1])]


def _last(history: MachineHistory) -> int:
    """The last instant at which anything was seen of a machine."""
    tables = [series.at for series in history.readings.values()]
    tables += [history.failures.at, history.services.at]
    return max(int(at[-1] if len(at) else 0) for at in map(np.sort, tables))
