"""A finished history: the plant lived through from its first day to *end*."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter

import numpy as np

from sample_data.catalogue import CLASSES, LOCATIONS, SITE, TEAMS
from sample_data.machines import Machine, Oddities, sensors
from sample_data.plant import Day, Plant
from sample_data.rows import FailureRow, Floats, SamplePlant, SensorKey, Series, ServiceRow

NEW_MACHINE_DAYS = 10
RISING_DAYS = 9
"""How long before the end the first pump's bearing begins to fail."""
HOUR = 3_600_000_000
"""Microseconds."""


def generate(*, seed: int = 1, machines: int = 24, days: int = 365, end: datetime) -> SamplePlant:
    """The same plant for the same arguments, on any computer.

    *end* is aware and best a midnight; nothing in the result is later. ValueError when it is
    naive, or when *machines* or *days* is below 1.
    """
    plant = begin(seed=seed, machines=machines, days=days, end=end)
    return collect(plant, plant.advance(days))


def begin(*, seed: int, machines: int, days: int, end: datetime) -> Plant:
    """The plant on its first day, *days* before *end*; ValueError as for `generate`."""
    if end.tzinfo is None or machines < 1 or days < 1:
        raise ValueError("A sample plant needs an aware end, and at least 1 machine and 1 day.")
    oddities = Oddities(
        stuck_from_day=days // 2,
        commissioned_day=max(0, days - NEW_MACHINE_DAYS),
        exchange_day=days // 2,
        rising_day=days - RISING_DAYS if days > RISING_DAYS else None,
    )
    start = end.replace(microsecond=0) - timedelta(days=days)
    return Plant.create(seed, machines, start, oddities)


def collect(plant: Plant, days: list[Day]) -> SamplePlant:
    """Join days of *plant* into one history, each table in time order."""
    machines = plant.present()
    return SamplePlant(
        start=days[0].start,
        end=plant.now,
        sites=(SITE,),
        locations=LOCATIONS,
        teams=TEAMS,
        classes=tuple(facts.row() for facts in CLASSES),
        equipment=tuple(machine.row for machine in machines),
        sensors=tuple(chain.from_iterable(sensors(machine) for machine in machines)),
        readings=_readings(machines, days),
        events=tuple(sorted(chain.from_iterable(d.events for d in days), key=attrgetter("at"))),
        services=tuple(sorted(chain.from_iterable(d.services for d in days), key=_in_time)),
        failures=tuple(sorted(chain.from_iterable(d.failures for d in days), key=_in_time)),
        schedules=tuple(plant.schedules()),
    )


def _in_time(row: ServiceRow | FailureRow) -> tuple[datetime, str, str]:
    return row.at, row.tag, row.component or ""


def _readings(machines: list[Machine], days: list[Day]) -> dict[SensorKey, Series]:
    series: dict[SensorKey, Series] = {}
    for machine in machines:
        lived = [day for day in days if machine.tag in day.readings]
        starts = [round(day.start.timestamp()) * 1_000_000 for day in lived]
        at = np.add.outer(np.array(starts, np.int64), HOUR * np.arange(1, 25)).ravel()
        values = [day.readings[machine.tag] for day in lived]
        table = np.concatenate(values) if values else np.empty((0, len(machine.level)))
        for column, sensor in enumerate(sensors(machine)):
            series[machine.tag, sensor.code] = _arrived(at, table[:, column])
    return series


def _arrived(at: np.ndarray[tuple[int, ...], np.dtype[np.int64]], column: Floats) -> Series:
    present = ~np.isnan(column)
    return Series(at[present], column[present])
