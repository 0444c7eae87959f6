"""What happened next: for each decision time and mode, the time to the end of the life, and how.

All lengths are running time in steps; which records end a life is told in `outcomes`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from models.history import Flags, Instants, MachineHistory, Numbers
from models.outcomes import (
    CENSORED,
    CONFIRMED_FAULT,
    FAILURE,
    Clock,
    Effect,
    Kinds,
    concerns,
    effect_of,
)
from models.spec import ClassSpec

__all__ = [
    "CENSORED",
    "CONFIRMED_FAULT",
    "FAILURE",
    "Kinds",
    "Lives",
    "ModeLabel",
    "lives_of",
    "mode_label",
    "watched_from",
]


@dataclass(frozen=True, slots=True)
class ModeLabel:
    """One mode's labels, one entry per decision row.

    duration: running steps until the life ends or was last seen (0 = nothing seen: no label).
    kind: 0 censored, 1 failure, 2 confirmed fault. age: running steps since the renewal strictly
    before t (since first seen when the renewal is unknown). at_risk: the machine ran, the life
    did not end at this very instant, the windows are not excluded. ends_at: instant of the end.
    """

    duration: Numbers
    kind: Kinds
    age: Numbers
    at_risk: Flags
    ends_at: Instants

    def take(self, rows: Flags) -> ModeLabel:
        """Return the labels of the marked rows."""
        return ModeLabel(*(getattr(self, part.name)[rows] for part in fields(self)))

    def as_of(self, origin: int, remaining: Numbers) -> ModeLabel:
        """Return what was known at `origin`; `remaining` = running steps from each row to it.

        `at_risk` stays as it is known today: a row later found to be useless teaches nothing.
        """
        unknown = self.ends_at >= origin
        return replace(
            self,
            duration=np.where(unknown, np.maximum(remaining, 0.0), self.duration),
            kind=np.where(unknown, CENSORED, self.kind).astype(np.int8),
            ends_at=np.where(unknown, origin, self.ends_at),
        )


@dataclass(frozen=True, slots=True)
class Lives:
    """Lives of one component for the age rule, left truncated and right censored, running steps.

    entry: age when first watched. durations: age at the end, always above entry. events: True =
    failure. A life that began before anything was recorded counts from when it was first seen.
    """

    durations: Numbers
    events: Flags
    entry: Numbers
    ended_at: Instants

    def as_of(self, origin: int, since: Numbers) -> Lives:
        """Return the lives known at `origin`; `since` = running steps from `origin` to each end."""
        unknown = self.ended_at >= origin
        durations = np.where(unknown, self.durations - since, self.durations)
        kept = durations > self.entry
        events = self.events & ~unknown
        ended_at = np.minimum(self.ended_at, origin)
        return Lives(durations[kept], events[kept], self.entry[kept], ended_at[kept])


def mode_label(
    history: MachineHistory, spec: ClassSpec, mode: str, clock: Clock, at: Instants
) -> ModeLabel:
    """Return the labels of one mode at decision times `at` (rising, none later than `until`)."""
    ends = np.append(clock.ends, history.until)
    kinds = np.append(clock.kinds, CENSORED).astype(np.int8)
    index = np.searchsorted(clock.ends, at, side="left")
    ends_at = ends[index]
    age = clock.age_us(history, at)
    seen = history.elapsed(at) - history.elapsed(np.array([watched_from(history)]))
    ends_now = (index < len(clock.ends)) & (ends_at == at)
    return ModeLabel(
        duration=(history.elapsed(ends_at) - history.elapsed(at)) / spec.step_us,
        kind=kinds[index],
        age=np.where(np.isnan(age), np.maximum(seen, 0.0), age) / spec.step_us,
        at_risk=history.is_running(at) & ~ends_now & ~_excluded(history, spec, mode, at),
        ends_at=ends_at,
    )


def lives_of(history: MachineHistory, spec: ClassSpec, clock: Clock) -> Lives:
    """Return every life of one component that was watched, up to `until`."""
    watched = watched_from(history)
    ends = np.append(clock.ends, history.until)
    born_at = watched if clock.born_at is None else clock.born_at
    starts = np.append(min(born_at, int(ends[0])), clock.ends)
    # A first life without a birth is counted from when the machine was first watched.
    began, ended = history.elapsed(starts), history.elapsed(ends)
    entry = np.maximum(history.elapsed(np.array([watched])) - began, 0.0)
    kept = ended - began > entry
    events = np.append(clock.kinds == FAILURE, False)
    step = spec.step_us
    return Lives((ended - began)[kept] / step, events[kept], entry[kept] / step, ends[kept])


def watched_from(history: MachineHistory) -> int:
    """Return the instant from which a failure would have been recorded.

    That is the first reading or the first recorded failure; older services only tell ages.
    """
    known = [history.first_at, *map(int, history.failures.at[:1])]
    return min((at for at in known if at is not None), default=history.until)


def _excluded(history: MachineHistory, spec: ClassSpec, mode: str, at: Instants) -> Flags:
    """Rows whose longest window touched a sensor that was later found to be at fault."""
    outcomes = history.outcomes
    if not len(outcomes.at):
        return np.zeros(len(at), bool)
    faulty = [effect_of(str(code)) is Effect.WINDOW_EXCLUDED for code in outcomes.outcome]
    found = outcomes.at[np.array(faulty, bool) & concerns(outcomes.component, mode)]
    reach = spec.windows[-1] * spec.step_us
    nearest = np.append(found, np.iinfo(np.int64).max)[np.searchsorted(found, at, side="left")]
    return nearest - at <= reach
