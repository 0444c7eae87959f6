"""Equipment, its classes with everything the night must know of a class, and order rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded
from app.domain.equipment import Criticality, Predictor, Status
from app.domain.risk import STORM_SHARE, Basis


class EquipmentClass(Base):
    """A kind of machine: how its readings are stepped, when it is judged, what its sensors mean.

    Windows count steps; horizons count hours. `decision_minute` is the minute of the site's local
    day at which a day ends and the night decides (default 02:00).
    """

    __tablename__ = "equipment_class"
    __table_args__ = (CheckConstraint("step_minutes > 0", name="step_positive"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    step_minutes: Mapped[int] = mapped_column(default=60)
    step_label: Mapped[str] = mapped_column(default="h")
    decision_minute: Mapped[int] = mapped_column(default=120)
    decision_timezone: Mapped[str | None]
    windows: Mapped[list[int]] = mapped_column(JSON)
    horizons_hours: Mapped[list[int]] = mapped_column(JSON)
    baseline_steps: Mapped[int]
    attributes: Mapped[list[str]] = mapped_column(JSON, default=list)
    predictor: Mapped[Predictor] = mapped_column(
        coded(Predictor, "predictor"), default=Predictor.CLASS
    )
    running_role: Mapped[str | None]
    running_above: Mapped[float | None]


class OrderRuleRow(Base):
    """The order rule of a class (or of one machine), effective from a moment on."""

    __tablename__ = "order_rule"
    __table_args__ = (
        Index("ix_order_rule_scope", "equipment_class_id", "equipment_id", "effective_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"))
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    basis: Mapped[Basis] = mapped_column(coded(Basis, "basis"), default=Basis.COSTS)
    risk_threshold: Mapped[float] = mapped_column(default=0.5)
    inspection_cost: Mapped[float] = mapped_column(default=1.0)
    planned_cost: Mapped[float] = mapped_column(default=5.0)
    unplanned_cost: Mapped[float] = mapped_column(default=25.0)
    detection_share: Mapped[float] = mapped_column(default=0.8)
    horizon_hours: Mapped[int] = mapped_column(default=336)
    lead_hours: Mapped[int] = mapped_column(default=72)
    review_hours: Mapped[int] = mapped_column(default=24)
    cooldown_hours: Mapped[int] = mapped_column(default=168)
    weekly_budget: Mapped[int | None]  # no default here: None means no budget
    approve_first: Mapped[bool] = mapped_column(default=True)
    # What a part replaced without looking still had in it; 0 = inspect first, repair if found.
    life_value: Mapped[float] = mapped_column(default=0.0)
    # New suggestions of one night above this share of the machines wait for a planner's word.
    storm_share: Mapped[float] = mapped_column(default=STORM_SHARE)
    # A machine's row that ends its own rule: from then on it follows its class again.
    follows_class: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    # Taken back before it came into force: it never is, and stays on record.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawal_reason: Mapped[str] = mapped_column(default="")


class Component(Base):
    """A maintainable item of a class (ISO 14224); its code is the failure mode's name."""

    __tablename__ = "component"
    __table_args__ = (UniqueConstraint("equipment_class_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"))
    code: Mapped[str]
    name: Mapped[str]
    # What a job on it takes; None = nobody said.
    job_hours: Mapped[float | None]
    part_lead_hours: Mapped[float | None]
    look_first: Mapped[str] = mapped_column(default="")
    tools: Mapped[str] = mapped_column(default="")
    parts: Mapped[str] = mapped_column(default="")


class SensorRole(Base):
    """What a sensor can mean to a class: `vibration, drive end` in its canonical unit."""

    __tablename__ = "sensor_role"
    __table_args__ = (UniqueConstraint("equipment_class_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"))
    code: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    is_condition: Mapped[bool] = mapped_column(default=False)
    is_comparable: Mapped[bool] = mapped_column(default=False)
    # The part whose replacement starts this role's windows and normal anew; "" = none.
    component: Mapped[str] = mapped_column(default="")


class Equipment(Base):
    """One machine. `version` guards concurrent edits."""

    __tablename__ = "equipment"
    __table_args__ = (UniqueConstraint("site_id", "tag"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"), index=True)
    tag: Mapped[str]
    name: Mapped[str]
    criticality: Mapped[Criticality] = mapped_column(
        coded(Criticality, "criticality"), default=Criticality.B
    )
    status: Mapped[Status] = mapped_column(coded(Status, "status"), default=Status.IN_SERVICE)
    make: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    installed_on: Mapped[date | None]
    downtime_cost_per_hour: Mapped[float | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)


class DataVersion(Base):
    """Counts what changed about a machine's training data; bumped where the data is written."""

    __tablename__ = "data_version"
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
