"""What a record does to the life of its component: the outcome table, and the clock it makes.

Every mode has its own clock: the life of a component ends at a record of that component, or of
the whole machine, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.history import WHOLE_MACHINE, Flags, Instants, MachineHistory, Numbers, Texts
from models.spec import ANY_MODE

Kinds = NDArray[np.int8]

NO_END, CENSORED, FAILURE, CONFIRMED_FAULT = -1, 0, 1, 2


class Effect(Enum):
    """What a record does to the life of its component."""

    FAILS = "ends as a failure"
    FAULT_CONFIRMED = "ends as a confirmed fault"
    CENSORED = "ends, censored"
    GOES_ON = "goes on"
    NO_LABEL = "goes on, nothing was learned"
    STOOD = "goes on; the time since the suggestion was no running time"
    WINDOW_EXCLUDED = "goes on; the rows whose windows saw the bad sensor are left out"


# The outcome table: one row per thing that can come of work or of a warning.
OUTCOME_EFFECTS: Mapping[str, Effect] = {
    "failure": Effect.FAILS,
    "service:": Effect.CENSORED,
    "service:good": Effect.CENSORED,
    "service:worn": Effect.CENSORED,
    "service:degraded": Effect.FAULT_CONFIRMED,
    "service:failed": Effect.FAULT_CONFIRMED,
    "exchange": Effect.CENSORED,
    "fault_as_predicted": Effect.FAULT_CONFIRMED,
    "other_fault": Effect.FAULT_CONFIRMED,
    "nothing_found": Effect.GOES_ON,
    "nothing_found_replaced": Effect.CENSORED,
    "not_inspected": Effect.NO_LABEL,
    "dismissed:sensor_fault": Effect.WINDOW_EXCLUDED,
    "dismissed:machine_stopped": Effect.STOOD,
}
DISMISSED = "dismissed:"  # every other dismissal: the life goes on

KIND_OF_END: Mapping[Effect, int] = {
    Effect.FAILS: FAILURE,
    Effect.FAULT_CONFIRMED: CONFIRMED_FAULT,
    Effect.CENSORED: CENSORED,
}
# Records of one instant are one end; a failure and its own replacement are a failure.
RANK_OF_KIND = np.array([0, 2, 1])


class UnknownOutcome(ValueError):
    """A record carries a code that the outcome table does not know."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Outcome {code!r} is not in the outcome table.")


def effect_of(code: str) -> Effect:
    """Return the effect of an outcome code; raise UnknownOutcome when there is none."""
    effect = OUTCOME_EFFECTS.get(code)
    if effect is not None:
        return effect
    if code.startswith(DISMISSED):
        return Effect.GOES_ON
    raise UnknownOutcome(code)


@dataclass(frozen=True, slots=True)
class Clock:
    """The renewals of one component: instants rising, how each life ended, and its birth."""

    ends: Instants
    kinds: Kinds
    born_at: int | None  # start of the first life, None = before anything was recorded

    def age_us(self, history: MachineHistory, at: Instants) -> Numbers:
        """Return running microseconds since the last renewal strictly before; NaN = unknown."""
        index = np.searchsorted(self.ends, at, side="left")
        starts = np.concatenate([[self.born_at or 0], self.ends]).astype(np.int64)[index]
        age = history.elapsed(at) - history.elapsed(starts)
        unknown = (index == 0) & ((self.born_at is None) | (at <= (self.born_at or 0)))
        return np.where(unknown, np.nan, age)


def clocks_of(history: MachineHistory, modes: Sequence[str]) -> dict[str, Clock]:
    """Return the clock of each mode: every record that ended a life of its component.

    Raise UnknownOutcome when a record carries a code that is not in the table.
    """
    at, component, kind = _ends(history)
    order = np.lexsort((-RANK_OF_KIND[kind], at))
    at, component, kind = at[order], component[order], kind[order]
    return {
        mode: _clock(at[mine], kind[mine], history.installed_at)
        for mode, mine in ((mode, concerns(component, mode)) for mode in modes)
    }


def concerns(component: Texts, mode: str) -> Flags:
    """Return which records touch the component of a mode."""
    if mode == ANY_MODE:
        return np.ones(len(component), bool)
    touched: Flags = component == mode
    for whole in WHOLE_MACHINE:
        touched = touched | (component == whole)
    return touched


def _clock(at: Instants, kind: Kinds, born_at: int | None) -> Clock:
    """The clock of records in order of time, the strongest kind first within an instant."""
    first = np.diff(at, prepend=at[:1] - 1) > 0
    return Clock(at[first], kind[first], born_at)


def _ends(history: MachineHistory) -> tuple[Instants, Texts, Kinds]:
    """Instant, component and kind of every record that ends a life, unordered."""
    failures, services, outcomes = history.failures, history.services, history.outcomes
    tables = [
        (failures.at, failures.component, ["failure"] * len(failures.at)),
        (services.at, services.component, [f"service:{s}" for s in services.condition.tolist()]),
        (outcomes.at, outcomes.component, outcomes.outcome.tolist()),
        (
            history.restarts,
            np.full(len(history.restarts), ""),
            ["exchange"] * len(history.restarts),
        ),
    ]
    kinds_of = {code: _kind_of(code) for *_, codes in tables for code in set(codes)}
    kind = np.array([kinds_of[code] for *_, codes in tables for code in codes], dtype=np.int8)
    at = np.concatenate([at for at, *_ in tables])
    component = np.concatenate([component for _, component, _ in tables])
    ends = kind != NO_END
    return at[ends], component[ends], kind[ends]


def _kind_of(code: str) -> int:
    return KIND_OF_END.get(effect_of(code), NO_END)
