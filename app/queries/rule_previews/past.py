"""A year of forecasts beside what happened, sorted once; every rule is tried on the same.

Everything that does not depend on the rule is worked out here: when each forecast's component
next ended its life, when it was last worked on, what other orders used of the crews' budgets.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from app.domain.instants import to_micros
from app.queries.rule_previews import marks
from app.queries.rule_previews.curves import Floats, Integers
from app.queries.rule_previews.ends import Failed, ends_of
from app.queries.rule_previews.issued import Flags, Issued
from app.queries.rule_previews.machines import Crew, Key
from app.queries.rule_previews.marks import NEVER


@dataclass(frozen=True, slots=True)
class Past:
    """Forecasts by night and key, with what came of each key; moments are microseconds.

    `base` is just before the first of them. `begins` has the place of each night's first
    forecast, and the end. Per forecast: `end_at`/`end` the next end of the life (NEVER = none
    known), `work_at` the last work known then. Per key: places in `crews`, `sites` and among the
    machines. `others` counts, per night and crew, orders of other machines raised in the week
    before; `looked`, per night and site, the machines looked at.
    """

    base: int
    keys: tuple[Key, ...]
    crews: tuple[Crew, ...]
    sites: tuple[int, ...]
    nights: Integers
    issued: Issued
    begins: Integers
    end_at: Integers
    end: Integers
    work_at: Integers
    crew_of: Integers
    site_of: Integers
    machine_of: Integers
    others: Integers
    looked: Integers
    failures: tuple[Failed, ...]
    # Codes of every forecast there was, sorted, and of those nights issued alone; and of each
    # failure and key it concerns: `failed` is the place of the failure.
    told: Integers
    told_as_issued: Integers
    failed: Integers
    failed_key: Integers
    failed_at: Integers
    # What was asked before: (earliest, latest) before a failure, as issued alone or not -> whether
    # it was told of.
    _told_within: dict[tuple[int, int, bool], Flags] = field(default_factory=dict)

    def risk_within(self, hours: float) -> Floats:
        """The risk of a failure within *hours* per forecast."""
        return self.issued.risk_within(hours)

    def told_within(self, earliest: int, latest: int, *, as_issued: bool = False) -> Flags:
        """Per failure: was any forecast of what failed made so long before it? With *as_issued*,
        by a night and not by a back-test only."""
        asked = earliest, latest, as_issued
        found = self._told_within.get(asked)
        if found is None:
            told = self.told_as_issued if as_issued else self.told
            key, at = self.failed_key, self.failed_at
            first = np.searchsorted(told, self.code(key, at - earliest), side="left")
            behind = np.searchsorted(told, self.code(key, at - latest), side="right")
            found = self._told_within[asked] = self.of_failures(first < behind)
        return found

    def of_failures(self, of_keys: Flags) -> Flags:
        """Per failure: whether it is so of any of the keys it concerns."""
        counts = np.bincount(self.failed[of_keys], minlength=len(self.failures))
        return counts.astype(bool)

    def code(self, key: Integers, at: Integers) -> Integers:
        """Key and moment as one number, sorted by key and then by moment."""
        return marks.code(key, at, self.base)

    @property
    def nights_as_issued(self) -> Integers:
        """The nights that issued a forecast of any of these keys."""
        moments = self.issued.told[1]
        return np.unique(moments[~self.issued.told_back_test])

    @property
    def cells(self) -> int:
        """How much memory it takes beside the forecasts, in numbers."""
        told = len(self.told) + len(self.told_as_issued)
        return 3 * len(self.end_at) + told + self.others.size


def past_of(
    session: Session, keys: tuple[Key, ...], rows: Issued, *, since: datetime, now: datetime
) -> Past:
    """What stands beside the forecasts of these keys, from *since* to *now*."""
    known = ends_of(session, keys, since=since, now=now)
    nights = np.unique(rows.told[1])
    crews = tuple(sorted({key.crew for key in keys}, key=str))
    sites = tuple(sorted({key.crew[0] for key in keys}))
    machines = sorted({key.equipment_id for key in keys})
    end_at, end = marks.next_ends(rows, known)
    machine_of = _places_of([key.equipment_id for key in keys], machines)
    site_of = _places_of([key.crew[0] for key in keys], sites)
    concerned = [(place, key) for place, f in enumerate(known.failures) for key in f.keys]
    base = to_micros(since) - 1
    codes = marks.code(*rows.told, base)
    return Past(
        base=base,
        keys=keys,
        crews=crews,
        sites=sites,
        nights=nights,
        issued=rows,
        begins=np.searchsorted(rows.at, np.append(nights, NEVER)),
        end_at=end_at,
        end=end,
        work_at=marks.last_works(rows, known),
        crew_of=_places_of([key.crew for key in keys], crews),
        site_of=site_of,
        machine_of=machine_of,
        others=marks.others(session, machines, crews, nights),
        looked=marks.looked(rows, nights, machine_of, site_of, len(sites)),
        failures=known.failures,
        told=np.sort(codes),
        told_as_issued=np.sort(codes[~rows.told_back_test]),
        failed=np.array([place for place, _ in concerned], dtype=np.int64),
        failed_key=np.array([key for _, key in concerned], dtype=np.int64),
        failed_at=np.array([known.failures[place].at for place, _ in concerned], dtype=np.int64),
    )


def _places_of(values: Sequence[Hashable], among: Sequence[Hashable]) -> Integers:
    known = {value: place for place, value in enumerate(among)}
    return np.array([known[value] for value in values], dtype=np.int64)
