"""Whole tables as plain rows, for `forewarn export`: codes and tags instead of ids.

Every export has fixed columns and yields rows in a fixed order; nothing is held in memory but a
chunk (readings: one sensor). Instants are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Location, Site, Team
from app.db.predictions import Forecast
from app.db.records import Failure
from app.db.sensors import Sensor
from app.db.training import TrainingRun
from app.db.work_orders import ANY_MODE, Finding, WorkOrder, order_number
from app.domain.instants import from_micros
from app.domain.roles import Scope
from app.queries.readings import series

_CHUNK = 1_000
Cell = str | int | float | bool | None
Line = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The columns of a table and the question behind it."""

    columns: tuple[str, ...]
    lines: Callable[[Session, Scope], Iterator[Line]]


def _equipment(session: Session, scope: Scope) -> Iterator[Line]:
    found = _stream(
        session,
        sa.select(
            Site.code,
            Equipment.tag,
            Equipment.name,
            EquipmentClass.code,
            Equipment.criticality,
            Equipment.status,
            Location.code,
            Team.name,
            Equipment.make,
            Equipment.model,
            Equipment.serial,
            Equipment.installed_on,
        )
        .join(Site, Site.id == Equipment.site_id)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .outerjoin(Location, Location.id == Equipment.location_id)
        .outerjoin(Team, Team.id == Equipment.team_id)
        .where(_seen(scope))
        .order_by(Site.code, Equipment.tag, Equipment.id),
    )
    for row in found:
        yield tuple(_cell(value) for value in row)


def _readings(session: Session, scope: Scope) -> Iterator[Line]:
    sensors = session.execute(
        sa.select(Sensor.id, Equipment.tag, Sensor.code)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .where(_seen(scope))
        .order_by(Equipment.tag, Sensor.code, Sensor.id)
    ).all()
    for sensor_id, tag, code in sensors:
        found = series(session, sensor_id=sensor_id)
        for at, value in zip(found.at.tolist(), found.value.tolist(), strict=True):
            yield tag, code, _iso(from_micros(at)), value


def _failures(session: Session, scope: Scope) -> Iterator[Line]:
    found = _stream(
        session,
        sa.select(
            Equipment.tag,
            Component.code,
            Failure.at,
            Failure.mode,
            Failure.mechanism,
            Failure.work_order_id,
            Failure.recorded_at,
        )
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .outerjoin(Component, Component.id == Failure.component_id)
        .where(_seen(scope))
        .order_by(Equipment.tag, Failure.at, Failure.id),
    )
    for tag, component, at, mode, mechanism, order_id, recorded_at in found:
        number = None if order_id is None else order_number(order_id)
        yield tag, component, _iso(at), mode, mechanism, number, _iso(recorded_at)


def _work_orders(session: Session, scope: Scope) -> Iterator[Line]:
    found = _stream(
        session,
        sa.select(WorkOrder, Equipment.tag, Component.code, Finding.outcome, Finding.dismissal)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .outerjoin(Finding, Finding.work_order_id == WorkOrder.id)
        .where(_seen(scope))
        .order_by(WorkOrder.id),
    )
    for order, tag, component, outcome, dismissal in found:
        yield tuple(
            _cell(value)
            for value in (
                order.number,
                tag,
                component or (None if order.mode == ANY_MODE else order.mode),
                order.type,
                order.state,
                order.created_at,
                order.due_on,
                order.source,
                order.risk,
                outcome,
                order.priority,
                order.title,
                dismissal,
                order.started_at,
                order.completed_at,
                order.closed_at,
            )
        )


def _predictions(session: Session, scope: Scope) -> Iterator[Line]:
    found = _stream(
        session,
        sa.select(Equipment.tag, Forecast.as_of, Forecast.risks, Forecast.mode, Forecast.rung)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .where(_seen(scope))
        .order_by(Forecast.as_of, Equipment.tag, Forecast.mode, Forecast.id),
    )
    for tag, as_of, risks, mode, rung in found:
        component = None if mode == ANY_MODE else mode
        for hours, risk in sorted((float(hours), risk) for hours, risk in risks.items()):
            yield tag, _iso(as_of), hours, risk, component, rung


_COUNTS = ("machines", "trained", "reused", "skipped", "failed", "orders_raised", "seconds")


def _training_runs(session: Session, scope: Scope) -> Iterator[Line]:
    seen = sa.true() if scope.site_ids is None else TrainingRun.site_id.in_(scope.site_ids)
    found = _stream(
        session,
        sa.select(TrainingRun, Site.code)
        .outerjoin(Site, Site.id == TrainingRun.site_id)
        .where(seen)
        .order_by(TrainingRun.id),
    )
    for run, site in found:
        facts = (run.id, run.kind, site, run.local_date, run.as_of, run.state)
        times = (run.started_at, run.finished_at, run.engine, run.workers)
        counts = tuple(run.counts.get(name) for name in _COUNTS)
        yield tuple(_cell(value) for value in (*facts, *times, *counts))


def _stream(session: Session, wanted: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    with session.execute(wanted.execution_options(yield_per=_CHUNK)) as rows:
        yield from rows


def _seen(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.true() if scope.site_ids is None else Equipment.site_id.in_(scope.site_ids)


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if hasattr(value, "value") else value  # type: ignore[no-any-return]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


EXPORTS: dict[str, Export] = {
    "equipment": Export(
        (
            "site",
            "tag",
            "name",
            "class",
            "criticality",
            "status",
            "location",
            "team",
            "make",
            "model",
            "serial",
            "installed_on",
        ),
        _equipment,
    ),
    "readings": Export(("equipment", "sensor", "at", "value"), _readings),
    "failures": Export(
        ("equipment", "component", "at", "mode", "mechanism", "work_order", "recorded_at"),
        _failures,
    ),
    "work-orders": Export(
        (
            "number",
            "equipment",
            "component",
            "type",
            "state",
            "created_at",
            "due_on",
            "source",
            "risk",
            "outcome",
            "priority",
            "title",
            "dismissal",
            "started_at",
            "completed_at",
            "closed_at",
        ),
        _work_orders,
    ),
    "predictions": Export(
        ("equipment", "as_of", "horizon_hours", "risk", "component", "rung"), _predictions
    ),
    "training-runs": Export(
        (
            "id",
            "kind",
            "site",
            "local_date",
            "as_of",
            "state",
            "started_at",
            "finished_at",
            "engine",
            "workers",
            *_COUNTS,
        ),
        _training_runs,
    ),
}
