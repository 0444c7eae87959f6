"""What a worker is sent instead of data: where the database is and which machine to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.db import Database
from app.domain.instants import DAY_US, HOUR_US
from app.queries.training_sets import RoleReadings, TrainingSet, training_set
from models import (
    Events,
    Failures,
    Intervals,
    MachineHistory,
    Outcomes,
    Series,
    Services,
)


@dataclass(frozen=True, slots=True)
class MachineLoader:
    """Loads one machine inside a worker; small enough to be sent to any host."""

    key: str
    database_url: str
    equipment_id: int
    class_code: str
    until: datetime
    is_hourly: bool
    step_us: int
    running_role: str | None
    running_above: float | None

    def __call__(self) -> MachineHistory:
        """Read everything known of the machine by `until`."""
        with _own_database(self.database_url).reading() as session:
            known = training_set(
                session,
                equipment_id=self.equipment_id,
                until=self.until,
                is_hourly=self.is_hourly,
            )
        return _history(known, self)


@cache
def _own_database(url: str) -> Database:
    """This process's own way to the database; a forked worker never uses its parent's."""
    return Database(url, pooled=False)


def _history(known: TrainingSet, loader: MachineLoader) -> MachineHistory:
    return MachineHistory(
        tag=loader.key,
        class_code=loader.class_code,
        until=known.until,
        readings={code: _series(role, loader.is_hourly) for code, role in known.roles.items()},
        attributes=known.attributes,
        installed_at=known.installed_at,
        events=Events(_instants(known.events), _texts(known.events, 1)),
        services=Services(
            _instants(known.services),
            _texts(known.services, 1),
            np.array([row[2] for row in known.services], dtype=bool),
            _texts(known.services, 3),
        ),
        failures=Failures(_instants(known.failures), _texts(known.failures, 1)),
        outcomes=Outcomes(
            _instants(known.outcomes), _texts(known.outcomes, 1), _texts(known.outcomes, 2)
        ),
        running=_without_stops(known, _running(known, loader)),
        restarts=np.array(known.exchanges, dtype=np.int64),
        overhauls=np.array(known.overhauls, dtype=np.int64),
        role_restarts={
            code: np.array(role.restarts, dtype=np.int64) for code, role in known.roles.items()
        },
    )


def _series(role: RoleReadings, is_hourly: bool) -> Series:
    if not is_hourly:
        return Series(role.at, role.mean)
    return Series(role.at, role.mean, role.low, role.high, role.count)


def _instants(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.int64]:
    return np.array([row[0] for row in rows], dtype=np.int64)


def _texts(rows: Sequence[tuple[Any, ...]], column: int) -> NDArray[np.str_]:
    return np.array([row[column] for row in rows], dtype=np.str_)


def _without_stops(known: TrainingSet, running: Intervals | None) -> Intervals | None:
    """What people said of a suggestion is known better than by any signal: the machine stood."""
    for since, at in known.stops:
        running = (running or _always(known.until)).without(since, at)
    return running


def _always(until: int) -> Intervals:
    return Intervals(np.zeros(1, np.int64), np.array([until], np.int64))


def _running(known: TrainingSet, loader: MachineLoader) -> Intervals | None:
    """Periods in which the class's running signal stood above its limit; None without a rule.

    A gap in the signal longer than two steps counts as standing: nobody saw it run. A machine last
    seen running within a day is taken to run on: its data arrive a little late.
    """
    role = known.roles.get(loader.running_role or "")
    if role is None or loader.running_above is None or not len(role.at):
        return None
    span = HOUR_US if loader.is_hourly else loader.step_us
    runs = role.mean > loader.running_above
    starts = role.at - span
    is_gap = np.diff(role.at) > 2 * loader.step_us
    begins = runs & np.r_[True, ~runs[:-1] | is_gap]
    ends = runs & np.r_[begins[1:] | ~runs[1:], True]
    stops = role.at[ends]
    if runs[-1] and known.until - role.at[-1] <= DAY_US:
        stops[-1] = known.until
    return Intervals(starts[begins], stops)
