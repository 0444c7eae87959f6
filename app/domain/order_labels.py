"""What an accepted order becomes: a failure, a confirmed fault, a planned renewal, or no label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.activities import Activity
from app.domain.order_text import failure_mode, renewal
from app.domain.work_orders import Function

Place = tuple[int, datetime, int | None]


class Becomes(StrEnum):
    """What is written for an order; `undecided` ones stay in the queue."""

    FAILURE = "failure"
    FAULT = "fault"
    SERVICE = "service"
    NOTHING = "nothing"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Told:
    """What an order tells. `component` is the name of its component, `facts` its description.

    Without a component a failure would end the life of every component of the machine: unless
    somebody says *is_whole*, such an order is undecided.
    """

    work_order_id: int
    equipment_id: int
    at: datetime
    text: str
    function: Function
    component_id: int | None
    component: str = ""
    facts: str = ""
    is_whole: bool = False

    @property
    def place(self) -> Place:
        """One failure (one renewal) is on record per machine, moment and component."""
        return self.equipment_id, self.at, self.component_id

    @property
    def mode(self) -> str:
        """The failure mode the text or the description speaks of."""
        return failure_mode(f"{self.text} {self.facts}")

    @property
    def renews(self) -> Activity | None:
        """What made the component new, if the text says so."""
        return renewal(self.text, self.component) if self.component else None

    @property
    def becomes(self) -> Becomes:
        """What is to be written."""
        if self.function is Function.NONE:
            return Becomes.SERVICE if self.renews else Becomes.NOTHING
        if self.component_id is None and not self.is_whole:
            return Becomes.UNDECIDED
        return Becomes.FAILURE if self.function is Function.LOST else Becomes.FAULT


@dataclass(frozen=True, slots=True)
class Yield:
    """What accepting orders writes; two orders of one failure write one."""

    orders: int = 0
    failures: int = 0
    faults: int = 0
    services: int = 0
    undecided: int = 0

    @property
    def accepted(self) -> int:
        """Orders that leave the queue."""
        return self.orders - self.undecided


def expected(told: Sequence[Told], *, failed: Iterable[Place], served: Iterable[Place]) -> Yield:
    """What accepting *told* writes beside the failures and services that are on record."""
    became: dict[Becomes, list[Place]] = {code: [] for code in Becomes}
    for one in told:
        became[one.becomes].append(one.place)
    return Yield(
        orders=len(told),
        failures=len(set(became[Becomes.FAILURE]) - set(failed)),
        faults=len(became[Becomes.FAULT]),
        services=len(set(became[Becomes.SERVICE]) - set(served)),
        undecided=len(became[Becomes.UNDECIDED]),
    )
