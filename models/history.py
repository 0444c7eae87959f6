"""One machine's record up to an instant, as plain arrays. Instants are int64 microseconds UTC.

The boundaries of knowing, everywhere in this library: at decision time t readings and events
count when their instant is <= t; services, failures, outcomes and exchanges when it is < t.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]
Numbers = NDArray[np.float64]
Texts = NDArray[np.str_]
Flags = NDArray[np.bool_]

WHOLE_MACHINE = frozenset({"", "any"})  # a record with such a component touches every component


class HistoryError(ValueError):
    """A history that must not be used; the message names the table and the instant."""


def _no_instants() -> Instants:
    return np.empty(0, dtype=np.int64)


def _no_texts() -> Texts:
    return np.empty(0, dtype=np.str_)


def _no_flags() -> Flags:
    return np.empty(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one role, rising in `at`; NaN = missing.

    Raw readings have only `value`. Aggregates (stamped at the end of their hour) have the mean in
    `value` and carry `low`, `high` and `count` too.
    """

    at: Instants
    value: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    count: Numbers | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """Messages of the machine: alarms, error codes."""

    at: Instants = field(default_factory=_no_instants)
    code: Texts = field(default_factory=_no_texts)


@dataclass(frozen=True, slots=True)
class Services:
    """Work that renewed a component; `condition` is as found: good worn degraded failed or ""."""

    at: Instants = field(default_factory=_no_instants)
    component: Texts = field(default_factory=_no_texts)
    planned: Flags = field(default_factory=_no_flags)
    condition: Texts = field(default_factory=_no_texts)


@dataclass(frozen=True, slots=True)
class Failures:
    """Losses of function."""

    at: Instants = field(default_factory=_no_instants)
    component: Texts = field(default_factory=_no_texts)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of predictive orders; the codes and their meaning are in labels.OUTCOME_EFFECTS."""

    at: Instants = field(default_factory=_no_instants)
    component: Texts = field(default_factory=_no_texts)
    outcome: Texts = field(default_factory=_no_texts)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Disjoint rising periods (start, end] in which the machine ran."""

    start: Instants
    end: Instants

    def elapsed(self, at: Instants) -> Numbers:
        """Return running microseconds at each instant, counted from the first start.

        Before the first start the machine is taken as running (nobody had looked yet), so the
        count is negative there; differences are always running time.
        """
        if not len(self.start):
            return np.zeros(len(at))
        marks = np.stack([self.start, self.end], axis=1).ravel()
        ran = np.cumsum(self.end - self.start)
        clock = np.stack([ran - (self.end - self.start), ran], axis=1).ravel()
        before = np.minimum(at - self.start[0], 0)
        elapsed: Numbers = np.interp(at, marks, clock) + before
        return elapsed

    def without(self, start: int, end: int) -> Intervals:
        """Return these periods less (start, end], in which the machine stood after all."""
        before = self.start < start
        after = self.end > end
        return Intervals(
            np.concatenate([self.start[before], np.maximum(self.start[after], end)]),
            np.concatenate([np.minimum(self.end[before], start), self.end[after]]),
        )

    def contains(self, at: Instants) -> Flags:
        """Return which instants lie inside a period; the start is outside, the end inside."""
        index = np.searchsorted(self.end, at, side="left")
        inside = index < len(self.end)
        inside[inside] = self.start[index[inside]] < at[inside]
        return inside


@dataclass(frozen=True, slots=True)
class MachineHistory:
    """Everything known of one machine by `until`; `check()` refuses what is later.

    `restarts`: the unit behind the tag was exchanged (every component new).
    `role_restarts`: the sensor of a role was exchanged (its normal starts anew).
    `overhauls`: the whole machine was overhauled (its normal may be a new one); such work stands
    among the services too.
    `running` None: the machine counts as always running.
    """

    tag: str
    class_code: str
    until: int
    readings: Mapping[str, Series] = field(default_factory=dict)
    attributes: Mapping[str, float | str] = field(default_factory=dict)
    installed_at: int | None = None
    events: Events = field(default_factory=Events)
    services: Services = field(default_factory=Services)
    failures: Failures = field(default_factory=Failures)
    outcomes: Outcomes = field(default_factory=Outcomes)
    running: Intervals | None = None
    restarts: Instants = field(default_factory=_no_instants)
    role_restarts: Mapping[str, Instants] = field(default_factory=dict)
    overhauls: Instants = field(default_factory=_no_instants)

    @property
    def first_at(self) -> int | None:
        """Instant of the oldest reading, or None."""
        firsts = [int(series.at[0]) for series in self.readings.values() if len(series.at)]
        return min(firsts, default=None)

    def elapsed(self, at: Instants) -> Numbers:
        """Return running microseconds at each instant; only differences mean anything."""
        return at.astype(np.float64) if self.running is None else self.running.elapsed(at)

    def is_running(self, at: Instants) -> Flags:
        """Return whether the machine ran at each instant."""
        return np.ones(len(at), bool) if self.running is None else self.running.contains(at)

    def check(self) -> None:
        """Raise HistoryError when something is out of order or later than `until`."""
        for table, at, is_open in self._tables():
            if len(at) > 1 and (np.diff(at) < 0).any():
                raise HistoryError(f"{self.tag}: {table} are not in order of time.")
            if len(at) and (at[-1] > self.until or (is_open and at[-1] == self.until)):
                raise HistoryError(f"{self.tag}: {table} at {at[-1]} are later than {self.until}.")
        for table, lengths in self._lengths():
            if len(set(lengths)) > 1:
                raise HistoryError(f"{self.tag}: {table} have columns of different lengths.")

    def as_of(self, at: int) -> MachineHistory:
        """Return this history as it was known at an earlier instant."""
        cut = min(at, self.until)
        return replace(
            self,
            until=cut,
            installed_at=self._known_installation(cut),
            readings={role: _first(s, _upto(s.at, cut)) for role, s in self.readings.items()},
            events=_first(self.events, _upto(self.events.at, cut)),
            services=_first(self.services, _before(self.services.at, cut)),
            failures=_first(self.failures, _before(self.failures.at, cut)),
            outcomes=_first(self.outcomes, _before(self.outcomes.at, cut)),
            running=None if self.running is None else _running_until(self.running, cut),
            restarts=self.restarts[: _before(self.restarts, cut)],
            role_restarts={r: at[: _before(at, cut)] for r, at in self.role_restarts.items()},
            overhauls=self.overhauls[: _before(self.overhauls, cut)],
        )

    def _known_installation(self, cut: int) -> int | None:
        known = self.installed_at is not None and self.installed_at < cut
        return self.installed_at if known else None

    def _tables(self) -> list[tuple[str, Instants, bool]]:
        """Name, instants, and whether an instant equal to `until` is already too late."""
        return [
            *((f"readings of {role}", s.at, False) for role, s in self.readings.items()),
            ("events", self.events.at, False),
            ("services", self.services.at, True),
            ("failures", self.failures.at, True),
            ("outcomes", self.outcomes.at, True),
            ("unit exchanges", self.restarts, True),
            ("overhauls", self.overhauls, True),
            *((f"sensor exchanges of {role}", at, True) for role, at in self.role_restarts.items()),
            *(() if self.running is None else (("running intervals", self.running.end, False),)),
        ]

    def _lengths(self) -> list[tuple[str, list[int]]]:
        tables: list[tuple[str, Series | Events | Services | Failures | Outcomes]] = [
            *((f"readings of {role}", series) for role, series in self.readings.items()),
            ("events", self.events),
            ("services", self.services),
            ("failures", self.failures),
            ("outcomes", self.outcomes),
        ]
        return [(name, [len(c) for c in _columns(table).values()]) for name, table in tables]


Table = TypeVar("Table", Series, Events, Services, Failures, Outcomes)


def _upto(at: Instants, cut: int) -> int:
    return int(np.searchsorted(at, cut, side="right"))


def _before(at: Instants, cut: int) -> int:
    return int(np.searchsorted(at, cut, side="left"))


def _columns(table: Series | Events | Services | Failures | Outcomes) -> dict[str, NDArray[Any]]:
    columns = {column.name: getattr(table, column.name) for column in fields(table)}
    return {name: column for name, column in columns.items() if column is not None}


def _first(table: Table, count: int) -> Table:
    cut: dict[str, Any] = {name: column[:count] for name, column in _columns(table).items()}
    return replace(table, **cut)


def _running_until(running: Intervals, cut: int) -> Intervals:
    count = _before(running.start, cut)
    return Intervals(running.start[:count], np.minimum(running.end[:count], cut))
