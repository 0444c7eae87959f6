"""Predictors (versions with their artifact), forecasts as issued, and what a night decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import BigId, UtcDateTime, coded
from app.domain.risk import Gate, Verdict

_CURRENT = text("is_current")
_CURRENT_SQLITE = text("is_current = 1")


class Artifact(Base):
    """A stored predictor: data only, signed; the digest is its identity."""

    __tablename__ = "artifact"
    digest: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ClassVersion(Base):
    """The hazard of an equipment class as one run fitted it: all modes, folds and origins."""

    __tablename__ = "class_version"
    __table_args__ = (UniqueConstraint("run_id", "equipment_class_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"), index=True)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    artifact_digest: Mapped[str] = mapped_column(ForeignKey("artifact.digest"))
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    cpu_seconds: Mapped[float] = mapped_column(default=0.0)


class ClassGate(Base):
    """The gate of a class and mode as decided with one class version."""

    __tablename__ = "class_gate"
    __table_args__ = (UniqueConstraint("class_version_id", "mode"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    class_version_id: Mapped[int] = mapped_column(ForeignKey("class_version.id"))
    mode: Mapped[str]
    gate: Mapped[Gate] = mapped_column(coded(Gate, "gate"))
    reason: Mapped[str]
    events: Mapped[int]
    # The last weekly review's own verdict: `gate` closes only at the second review that says so.
    judged: Mapped[Gate] = mapped_column(coded(Gate, "judged"), default=Gate.UNPROVEN)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PredictorVersion(Base):
    """One machine's predictor: its rung, its record in numbers, and its artifact."""

    __tablename__ = "predictor_version"
    __table_args__ = (
        UniqueConstraint("run_id", "equipment_id"),
        Index(
            "uq_predictor_version_current",
            "equipment_id",
            unique=True,
            sqlite_where=_CURRENT_SQLITE,
            postgresql_where=_CURRENT,
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    class_version_id: Mapped[int | None] = mapped_column(ForeignKey("class_version.id"))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fingerprint: Mapped[str]
    is_current: Mapped[bool] = mapped_column(default=True)
    rung: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    artifact_digest: Mapped[str | None] = mapped_column(ForeignKey("artifact.digest"))


class Forecast(Base):
    """A forecast as issued: never overwritten. mode "any" is the machine as a whole."""

    __tablename__ = "forecast"
    __table_args__ = (
        UniqueConstraint("run_id", "equipment_id", "mode"),
        Index("ix_forecast_machine", "equipment_id", "mode", "as_of"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    predictor_version_id: Mapped[int] = mapped_column(ForeignKey("predictor_version.id"))
    mode: Mapped[str]
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rung: Mapped[str]
    risk: Mapped[float]
    risk_hours: Mapped[float]
    risks: Mapped[dict[str, float]] = mapped_column(JSON)
    edges_hours: Mapped[list[float]] = mapped_column(JSON)
    survival: Mapped[list[float]] = mapped_column(JSON)
    rul_p10_hours: Mapped[float | None]
    rul_p50_hours: Mapped[float | None]
    rul_p90_hours: Mapped[float | None]
    is_mode_certain: Mapped[bool] = mapped_column(default=True)
    drivers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    standing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What others would have said of the same window: reference, limit, class_hazard, shadow ...
    peers: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    # On the machine's row: drift, similar past failures, frequencies, baselines to check.
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ForecastScore(Base):
    """A forecast as issued, judged when its window had passed by what was known then.

    `hours` is the window, `has_failed` None when the life was cut short before its end by planned
    work or an exchange: such a row cannot be judged.
    """

    __tablename__ = "forecast_score"
    __table_args__ = (
        UniqueConstraint("forecast_id", "hours"),
        Index("ix_forecast_score_machine", "equipment_id", "mode", "as_of"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    forecast_id: Mapped[int] = mapped_column(ForeignKey("forecast.id"))
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    mode: Mapped[str]
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    hours: Mapped[float]
    risk: Mapped[float]
    has_failed: Mapped[bool | None]
    is_punctual: Mapped[bool]
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    scored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecipeRole(StrEnum):
    """What a recipe does: it serves, it is watched beside the one that serves, or it did."""

    CHAMPION = "champion"
    SHADOW = "shadow"
    RETIRED = "retired"


class ClassRecipe(Base):
    """A recipe (features, settings) of a class's group of modes, and why it has its role."""

    __tablename__ = "class_recipe"
    __table_args__ = (Index("ix_class_recipe_class", "equipment_class_id", "mode_group"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"))
    mode_group: Mapped[str]
    recipe: Mapped[str]
    role: Mapped[RecipeRole] = mapped_column(coded(RecipeRole, "role"))
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    explored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(default="")


class Decision(Base):
    """What a night decided for a machine and mode, with the reason in words."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("run_id", "equipment_id", "mode"),
        Index("ix_decision_machine", "equipment_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    mode: Mapped[str]
    forecast_id: Mapped[int] = mapped_column(ForeignKey("forecast.id"))
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"))
    verdict: Mapped[Verdict] = mapped_column(coded(Verdict, "verdict"))
    risk: Mapped[float]
    threshold: Mapped[float]
    reason: Mapped[str]
