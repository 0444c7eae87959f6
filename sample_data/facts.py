"""The shape of the facts in `catalogue`: what can be said about a class of machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sample_data.rows import ClassRow, ComponentRow, CostsRow, RoleRow


class Rest(Enum):
    """What a sensor shows while its machine stands."""

    ZERO = "zero"
    AMBIENT = "ambient"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """How a measurement behaves on a healthy machine, in its own unit.

    `level` holds at normal load and 12 degC; `per_load` is the change from no load to full load,
    `per_degree` the change per degree of the surroundings.
    """

    row: RoleRow
    level: float
    noise: float
    per_load: float
    per_degree: float
    rest: Rest


@dataclass(frozen=True, slots=True)
class Service:
    """The preventive schedule of a component."""

    title: str
    every_days: int
    basis: str
    activity: str
    hours: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a failure is coded (ISO 14224 mode and mechanism)."""

    mode: str
    mechanism: str


@dataclass(frozen=True, slots=True)
class ComponentFacts:
    """How a component wears and fails.

    Wear is hidden for about `life_days`; then damage shows in the sensors of `signs` (change in
    the role's unit at the moment of failure, the clearest first) and grows for `warning_days`
    (shortest, longest) until the function is lost: the delay-time model of Christer and Waller
    (1984). `sudden_per_year` failures give no sign.
    """

    code: str
    name: str
    life_days: float
    life_spread: float
    warning_days: tuple[float, float]
    signs: Mapping[str, float]
    worn_out: Ending
    sudden: Ending
    sudden_per_year: float
    service: Service
    alarm: str


@dataclass(frozen=True, slots=True)
class ClassFacts:
    code: str
    name: str
    prefix: str
    first_number: int
    roles: tuple[RoleFacts, ...]
    components: tuple[ComponentFacts, ...]
    costs: CostsRow
    location: str
    team: str
    shifts: float
    """How strongly the load follows working hours and weekends."""
    duties: tuple[str, ...]
    makes: tuple[tuple[str, str], ...]
    downtime_cost_per_hour: float

    def row(self) -> ClassRow:
        return ClassRow(
            self.code,
            self.name,
            tuple(role.row for role in self.roles),
            tuple(component_row(part) for part in self.components),
            self.costs,
            running_role="motor_current",
            running_above=5.0,
        )


def component_row(part: ComponentFacts) -> ComponentRow:
    return ComponentRow(part.code, part.name)
