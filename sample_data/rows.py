"""What the generator hands out: plain rows and arrays, nothing of how they were made.

Moments are aware UTC datetimes; readings are arrays because there are a million of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Instants = npt.NDArray[np.int64]
SensorKey = tuple[str, str]
"""Equipment tag and sensor code."""


class RoleRow(NamedTuple):
    """A measurement every machine of a class has; a condition role says how hard it works.

    `component`: the part it sits on and looks at; "" = the machine as a whole.
    """

    code: str
    name: str
    unit: str
    kind: str
    is_condition: bool
    is_comparable: bool
    component: str = ""


class ComponentRow(NamedTuple):
    code: str
    name: str


class CostsRow(NamedTuple):
    """Currency units per intervention; a failure's down time is counted in `unplanned`."""

    inspection: float
    planned: float
    unplanned: float


class ClassRow(NamedTuple):
    """An equipment class; a machine runs while `running_role` reads above `running_above`."""

    code: str
    name: str
    roles: tuple[RoleRow, ...]
    components: tuple[ComponentRow, ...]
    costs: CostsRow
    running_role: str
    running_above: float


class SiteRow(NamedTuple):
    code: str
    name: str
    timezone: str


class LocationRow(NamedTuple):
    code: str
    name: str
    site: str


class TeamRow(NamedTuple):
    code: str
    name: str
    site: str


class EquipmentRow(NamedTuple):
    tag: str
    name: str
    class_code: str
    location: str
    team: str
    criticality: str
    make: str
    model: str
    serial: str
    installed_on: date
    downtime_cost_per_hour: float


class SensorRow(NamedTuple):
    equipment: str
    code: str
    name: str
    kind: str
    unit: str
    role: str


class EventRow(NamedTuple):
    """A message of the machine's own control."""

    tag: str
    at: datetime
    code: str
    detail: str


class ServiceRow(NamedTuple):
    """Finished work on one component; `at` is the moment the machine could run again.

    component: None when the whole unit was exchanged. asked_for: done because `Plant.repair`
    asked for it, not of the plant's own accord; whoever asked may have it on record already.
    """

    tag: str
    component: str | None
    at: datetime
    activity: str
    planned: bool
    condition_found: str
    asked_for: bool = False


class FailureRow(NamedTuple):
    """Loss of function.

    `onset_at` is the truth behind it, when its damage began to show in a sensor; None = sudden.
    It is there to judge a prediction with and is never exported.
    """

    tag: str
    component: str
    at: datetime
    mode: str
    mechanism: str
    onset_at: datetime | None

    @property
    def is_sudden(self) -> bool:
        """Nothing announced it: a predictor cannot have found it."""
        return self.onset_at is None


class ScheduleRow(NamedTuple):
    """A preventive schedule as it stands at the end of the history; `activity` is what it does."""

    tag: str
    component: str
    title: str
    activity: str
    interval_days: int
    basis: str
    lead_days: int
    last_done_on: date


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one sensor: `at` (n,) microseconds UTC, rising; `value` (n,), no NaN."""

    at: Instants
    value: Floats


@dataclass(frozen=True, slots=True)
class SamplePlant:
    """A plant and everything that was recorded of it from `start` to `end`."""

    start: datetime
    end: datetime
    sites: tuple[SiteRow, ...]
    locations: tuple[LocationRow, ...]
    teams: tuple[TeamRow, ...]
    classes: tuple[ClassRow, ...]
    equipment: tuple[EquipmentRow, ...]
    sensors: tuple[SensorRow, ...]
    readings: Mapping[SensorKey, Series]
    events: tuple[EventRow, ...]
    services: tuple[ServiceRow, ...]
    failures: tuple[FailureRow, ...]
    schedules: tuple[ScheduleRow, ...]
