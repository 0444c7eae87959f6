"""Work orders, their history, what was found, and the evidence behind predicted ones."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded
from app.domain.work_orders import (
    Condition,
    Dismissal,
    Function,
    Hold,
    OrderType,
    Outcome,
    Priority,
    Source,
    State,
)

ANY_MODE = "any"
_OPEN = "state NOT IN ('completed', 'closed', 'cancelled')"
_OPEN_PREDICTIVE = text(f"type = 'predictive' AND {_OPEN}")
_OPEN_DEVIATION = text(f"source = 'deviation' AND {_OPEN}")
_OPEN_CONDITION = text(f"condition_limit_id IS NOT NULL AND {_OPEN}")


def order_number(order_id: int) -> str:
    """WO-00042: the id as a number people can read out."""
    return f"WO-{order_id:05d}"


class WorkOrder(Base):
    """One job. `mode` is a component's code, or "any" when unknown; never NULL (uniqueness)."""

    __tablename__ = "work_order"
    __table_args__ = (
        UniqueConstraint("schedule_id", "occurrence_on"),
        Index(
            "uq_work_order_open_predictive",
            "equipment_id",
            "mode",
            unique=True,
            sqlite_where=_OPEN_PREDICTIVE,
            postgresql_where=_OPEN_PREDICTIVE,
        ),
        Index(
            "uq_work_order_open_deviation",
            "equipment_id",
            unique=True,
            sqlite_where=_OPEN_DEVIATION,
            postgresql_where=_OPEN_DEVIATION,
        ),
        Index(
            "uq_work_order_open_condition",
            "equipment_id",
            "condition_limit_id",
            unique=True,
            sqlite_where=_OPEN_CONDITION,
            postgresql_where=_OPEN_CONDITION,
        ),
        Index("ix_work_order_list", "state", "due_on", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), index=True)
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    mode: Mapped[str] = mapped_column(default=ANY_MODE)
    type: Mapped[OrderType] = mapped_column(coded(OrderType, "type"))
    source: Mapped[Source] = mapped_column(coded(Source, "source"))
    state: Mapped[State] = mapped_column(coded(State, "state"))
    priority: Mapped[Priority] = mapped_column(coded(Priority, "priority"), default=Priority.NORMAL)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_on: Mapped[date | None]
    planned_start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    estimated_hours: Mapped[float | None]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold: Mapped[Hold | None] = mapped_column(coded(Hold, "hold"))
    labour_hours: Mapped[float | None]
    downtime_hours: Mapped[float | None]
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("preventive_schedule.id"))
    occurrence_on: Mapped[date | None]
    is_break_in: Mapped[bool] = mapped_column(default=False)
    risk: Mapped[float | None]
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawal_proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The order whose work includes this suggestion's; the suggestion itself is then cancelled.
    absorbed_into_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    # The order that asked for this one: an inspection, or the sensor that was doubted.
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    condition_limit_id: Mapped[int | None] = mapped_column(ForeignKey("condition_limit.id"))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def number(self) -> str:
        """The order's number as people say it."""
        return order_number(self.id)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)


class WorkOrderHistory(Base):
    """One line of an order's life: who, when, what, from where to where, with a note."""

    __tablename__ = "work_order_history"
    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    by_name: Mapped[str]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")


class Finding(Base):
    """What was found, or why a suggestion was dismissed: the label of later nights."""

    __tablename__ = "finding"
    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), unique=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), index=True)
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(coded(Outcome, "outcome"))
    function: Mapped[Function | None] = mapped_column(coded(Function, "function"))
    condition_found: Mapped[Condition | None] = mapped_column(coded(Condition, "condition_found"))
    dismissal: Mapped[Dismissal | None] = mapped_column(coded(Dismissal, "dismissal"))
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class OrderEvidence(Base):
    """The forecast behind a predicted order, one row for each night that spoke of it."""

    __tablename__ = "order_evidence"
    __table_args__ = (UniqueConstraint("work_order_id", "run_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    forecast_id: Mapped[int] = mapped_column(ForeignKey("forecast.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    risk: Mapped[float]
    threshold: Mapped[float]
