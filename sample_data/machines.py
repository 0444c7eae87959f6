"""One individual machine: its name plate, and how it differs from others of its class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from sample_data.catalogue import CLASSES
from sample_data.chance import Purpose, stream
from sample_data.facts import ClassFacts
from sample_data.roles import KINDS
from sample_data.rows import EquipmentRow, Floats, SensorRow
from sample_data.surroundings import is_standbys_turn

PERIOD = 24
"""In every 24 machines some are odd; see `Oddities`."""
RISING_PLACE, STUCK_PLACE, EXCHANGED_PLACE, NEW_PLACE = 0, 4, 9, 11
LEAD_PLACE, STANDBY_PLACE = 5, 17


@dataclass(frozen=True, slots=True)
class Pair:
    """Two machines of one duty that take turns."""

    number: int
    is_standby: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """What never changes about a machine. Arrays are per sensor, `signs` (components, sensors)."""

    index: int
    facts: ClassFacts
    row: EquipmentRow
    first_day: int
    level: Floats
    noise: Floats
    per_load: Floats
    per_degree: Floats
    signs: Floats
    lowest: Floats
    highest: Floats
    stuck_sensor: int | None
    stuck_from_day: int
    exchange_day: int | None
    rising_day: int | None
    pair: Pair | None
    unit: int = 0

    @property
    def tag(self) -> str:
        return self.row.tag

    def rests(self, seed: int, day: int) -> bool:
        """Whether it is stopped today because the other machine of its pair runs."""
        if self.pair is None:
            return False
        return is_standbys_turn(seed, self.pair.number, day) != self.pair.is_standby


@dataclass(frozen=True, slots=True)
class Oddities:
    """When the oddities of the plant happen, in days after its start; None: they do not.

    In every 24 machines: a sensor sticks (the fifth machine), one is commissioned late (the
    twelfth), one is exchanged as a whole (the tenth), and a bearing of the first pump begins to
    fail, slowly.
    """

    stuck_from_day: int = 182
    commissioned_day: int = 355
    exchange_day: int | None = 182
    rising_day: int | None = 356


def build(seed: int, index: int, start: datetime, oddities: Oddities) -> Machine:
    """The machine at place *index*: classes take turns, so that more machines only add to them."""
    facts, odd = CLASSES[index % len(CLASSES)], index % PERIOD
    chance = stream(seed, Purpose.MACHINE, index)
    first_day = oddities.commissioned_day if odd == NEW_PLACE else 0
    ranges = [KINDS[role.row.kind] for role in facts.roles]
    own = chance.normal(1.0, 0.06, (4, len(facts.roles))).clip(0.85, 1.15)
    return Machine(
        index=index,
        facts=facts,
        row=_plate(facts, index // len(CLASSES), first_day, start, chance),
        first_day=first_day,
        level=own[0] * [role.level for role in facts.roles],
        noise=own[1] * [role.noise for role in facts.roles],
        per_load=own[2] * [role.per_load for role in facts.roles],
        per_degree=own[3] * [role.per_degree for role in facts.roles],
        signs=_signs(facts),
        lowest=np.array([low for _, low, _ in ranges]),
        highest=np.array([high for _, _, high in ranges]),
        stuck_sensor=1 if odd == STUCK_PLACE else None,
        stuck_from_day=oddities.stuck_from_day,
        exchange_day=oddities.exchange_day if odd == EXCHANGED_PLACE else None,
        rising_day=oddities.rising_day if odd == RISING_PLACE else None,
        pair=_pair(index),
    )


def exchanged(machine: Machine, seed: int, unit: int) -> Machine:
    """The same place on the plant with another unit in it: the *unit*-th since the first."""
    if unit == machine.unit:
        return machine
    chance = stream(seed, Purpose.MACHINE, machine.index, 2, unit)
    serial = f"{machine.row.make[:2].upper()}{int(chance.integers(10_000, 99_999))}"
    return replace(
        machine,
        row=machine.row._replace(serial=serial),
        level=machine.level * chance.normal(1.0, 0.02, len(machine.level)).clip(0.95, 1.05),
        unit=unit,
    )


def sensors(machine: Machine) -> list[SensorRow]:
    """One sensor per role of the class, in the order of the columns of the readings."""
    rows = [role.row for role in machine.facts.roles]
    return [SensorRow(machine.tag, r.code, r.name, r.kind, r.unit, r.code) for r in rows]


def _pair(index: int) -> Pair | None:
    number, odd = divmod(index, PERIOD)
    return Pair(number, odd == STANDBY_PLACE) if odd in (LEAD_PLACE, STANDBY_PLACE) else None


def _signs(facts: ClassFacts) -> Floats:
    codes = [role.row.code for role in facts.roles]
    return np.array([[part.signs.get(code, 0.0) for code in codes] for part in facts.components])


def _plate(
    facts: ClassFacts, place: int, first_day: int, start: datetime, chance: np.random.Generator
) -> EquipmentRow:
    make, model = facts.makes[int(chance.integers(len(facts.makes)))]
    duty = facts.duties[place % len(facts.duties)]
    return EquipmentRow(
        tag=f"{facts.prefix}-{facts.first_number + place}",
        name=f"{duty} {place // len(facts.duties) + 1}",
        class_code=facts.code,
        location=facts.location,
        team=facts.team,
        criticality=str(chance.choice(["A", "B", "C"], p=[0.3, 0.5, 0.2])),
        make=make,
        model=model,
        serial=f"{make[:2].upper()}{int(chance.integers(10_000, 99_999))}",
        installed_on=_installed_on(first_day, start, int(chance.integers(400, 4_000))),
        downtime_cost_per_hour=facts.downtime_cost_per_hour * float(chance.choice([0.5, 1.0, 2.0])),
    )


def _installed_on(first_day: int, start: datetime, age_days: int) -> date:
    return (start + timedelta(days=first_day if first_day else -age_days)).date()
