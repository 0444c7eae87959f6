"""What may be asked about places, classes of equipment and machines."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from app.domain.equipment import Criticality, Status
from app.domain.risk import STORM_SHARE, Basis
from app.inputs.base import Input

DAY_MINUTES = 24 * 60


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from None
    return name


Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w][\w .+/-]*$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Text = Annotated[str, Field(max_length=120)]
Zone = Annotated[str, AfterValidator(_zone)]
Cost = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Steps = Annotated[int, Field(gt=0, le=100_000)]
Hours = Annotated[int, Field(gt=0, le=100_000)]


class CreateSite(Input):
    """A plant."""

    code: Code
    name: Name
    timezone: Zone = "UTC"


class CreateLocation(Input):
    """A place within a site."""

    site_id: int
    code: Code
    name: Name
    parent_id: int | None = None


class CreateTeam(Input):
    """A crew of a site."""

    site_id: int
    name: Name


class CreateClass(Input):
    """A class of equipment. Windows and baseline count steps, horizons count hours."""

    code: Code
    name: Name
    step_minutes: int = Field(default=60, gt=0, le=60 * 24 * 31)
    step_label: str = Field(default="h", min_length=1, max_length=16)
    decision_minute: int = Field(default=120, ge=0, lt=DAY_MINUTES)
    decision_timezone: Zone | None = None
    windows: tuple[Steps, ...] = Field(default=(3, 24, 72, 168), min_length=1)
    horizons_hours: tuple[Hours, ...] = Field(default=(24, 168, 336), min_length=1)
    baseline_steps: Steps = 720
    attributes: tuple[Code, ...] = ()
    running_role: Code | None = None
    running_above: float | None = Field(default=None, allow_inf_nan=False)


class AddComponent(Input):
    """A maintainable item; its code names the failure mode."""

    equipment_class_id: int
    code: Code
    name: Name


class AddRole(Input):
    """What a sensor can mean to a class, in which unit, and the code of the part it looks at."""

    equipment_class_id: int
    code: Code
    name: Name
    unit: str = Field(default="", max_length=16)
    is_condition: bool = False
    is_comparable: bool = False
    component: str = Field(default="", max_length=64)


class SetOrderRule(Input):
    """When a class, or one of its machines, raises predicted-failure orders (domain model 4.1)."""

    equipment_class_id: int
    equipment_id: int | None = None
    basis: Basis = Basis.COSTS
    risk_threshold: float = Field(default=0.5, gt=0, lt=1)
    inspection_cost: Cost = 1.0
    planned_cost: Cost = 5.0
    unplanned_cost: Cost = 25.0
    detection_share: float = Field(default=0.8, gt=0, le=1)
    horizon_hours: Hours = 336
    lead_hours: Annotated[int, Field(ge=0, le=100_000)] = 72
    review_hours: Hours = 24
    cooldown_hours: Annotated[int, Field(ge=0, le=100_000)] = 168
    weekly_budget: Annotated[int, Field(ge=0, le=1_000)] | None = 3
    approve_first: bool = True
    life_value: Cost = 0.0
    storm_share: float = Field(default=STORM_SHARE, gt=0, le=1)
    follows_class: bool = False
    reason: Annotated[str, Field(max_length=1_000)] = ""


class CreateEquipment(Input):
    """One machine."""

    site_id: int
    equipment_class_id: int
    tag: Code
    name: Name
    location_id: int | None = None
    team_id: int | None = None
    parent_id: int | None = None
    criticality: Criticality = Criticality.B
    status: Status = Status.IN_SERVICE
    make: Text = ""
    model: Text = ""
    serial: Text = ""
    installed_on: date | None = None
    downtime_cost_per_hour: Cost | None = None
    attributes: dict[Code, Any] = Field(default_factory=dict)


class EditEquipment(Input):
    """What may change about a machine; fields that are not sent stay as they are."""

    name: Name | None = None
    location_id: int | None = None
    team_id: int | None = None
    criticality: Criticality | None = None
    status: Status | None = None
    make: Text | None = None
    model: Text | None = None
    serial: Text | None = None
    installed_on: date | None = None
    downtime_cost_per_hour: Cost | None = None
    attributes: dict[Code, Any] | None = None
