"""One machine's prediction as a page shows it: forecast, drivers, modes, and its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Forecast, PredictorVersion
from app.db.work_orders import ANY_MODE
from app.domain.roles import Scope
from app.queries.event_names import event_names, with_event_names
from app.queries.forecast_context import ForecastContext, forecast_context
from app.queries.model_card import Card, model_card
from app.queries.predictions import (
    DecisionView,
    GateView,
    decisions,
    gates,
    horizons,
    mode_names,
    thresholds,
)
from app.queries.track_record import Record, track_record

HISTORY_NIGHTS = 180


@dataclass(frozen=True, slots=True)
class Driver:
    """One reason behind a risk, in words and in the sensor's unit."""

    group: str
    name: str
    unit: str
    value: float | None
    normal: float | None
    spread: float | None
    slope_per_day: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ModeRisk:
    """The risk of one failure mode over the same window as the machine's."""

    mode: str
    name: str
    risk: float
    is_certain: bool
    gate: GateView | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of such machines still running, hour by hour, from 1 at hour 0.

    `survival` is one longer than `edges_hours`. `rul_hours`: 10, 50 and 90 of 100 fail before.
    `age` is what the age rule says: the share still running after so many hours.
    """

    edges_hours: tuple[float, ...]
    survival: tuple[float, ...]
    rul_hours: tuple[float | None, float | None, float | None]
    age: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """Everything a page says about one machine's newest forecast."""

    forecast_id: int
    run_id: int
    as_of: datetime
    issued_at: datetime
    rung: str
    risk: float
    risk_hours: float
    risks: tuple[tuple[float, float], ...]
    threshold: float
    curve: Curve
    standing_since: datetime | None
    modes: tuple[ModeRisk, ...]
    drivers: tuple[Driver, ...]
    decisions: tuple[DecisionView, ...]
    card: Card
    record: Record
    context: ForecastContext

    @property
    def is_over(self) -> bool:
        """Whether the risk reaches the threshold of the machine's order rule."""
        return self.risk >= self.threshold


@dataclass(frozen=True, slots=True)
class RiskHistory:
    """Risk as issued, night by night; the same window throughout."""

    at: tuple[datetime, ...]
    risk: tuple[float, ...]
    threshold: float


def prediction(session: Session, *, machine: Equipment, now: datetime) -> Prediction | None:
    """The machine's newest forecast with all that explains it; None when there is none yet."""
    newest = newest_of(session, machine.id)
    if newest is None:
        return None
    version = session.get_one(PredictorVersion, newest.predictor_version_id)
    return Prediction(
        forecast_id=newest.id,
        run_id=newest.run_id,
        as_of=newest.as_of,
        issued_at=newest.issued_at,
        rung=newest.rung,
        risk=newest.risk,
        risk_hours=newest.risk_hours,
        risks=horizons(newest.risks),
        threshold=_threshold(session, machine, now),
        curve=curve(newest),
        standing_since=newest.standing_since,
        modes=_modes(session, machine, newest),
        drivers=drivers(newest.drivers, event_names(session, equipment_id=machine.id)),
        decisions=tuple(
            decisions(session, run_ids=[newest.run_id], equipment_ids=[machine.id]).get(
                machine.id, []
            )
        ),
        card=model_card(
            session,
            version=version,
            risk_hours=newest.risk_hours,
            names=_mode_names(session, machine),
        ),
        record=track_record(session, equipment_id=machine.id, now=now),
        context=forecast_context(session, newest.context, site_id=machine.site_id),
    )


def risk_history(
    session: Session, *, machine: Equipment, now: datetime, component: str = ""
) -> RiskHistory:
    """The risk of the machine, or of one component, as issued by the last nights, oldest first."""
    found = session.execute(
        sa.select(Forecast.as_of, Forecast.risk)
        .where(Forecast.equipment_id == machine.id, Forecast.mode == (component or ANY_MODE))
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(HISTORY_NIGHTS)
    ).all()
    risk_at: dict[datetime, float] = dict(reversed(found))
    at = tuple(sorted(risk_at))
    return RiskHistory(at, tuple(risk_at[t] for t in at), _threshold(session, machine, now))


def curve(told: Forecast) -> Curve:
    """The survival curve of a forecast, with the one point that is stored of the age rule."""
    by_age = told.peers.get("reference")
    return Curve(
        edges_hours=tuple(told.edges_hours),
        survival=tuple(told.survival),
        rul_hours=(told.rul_p10_hours, told.rul_p50_hours, told.rul_p90_hours),
        age=None if by_age is None else (told.risk_hours, 1.0 - by_age),
    )


def drivers(
    stored: Sequence[Mapping[str, Any]], names: Mapping[str, str] | None = None
) -> tuple[Driver, ...]:
    """The stored drivers, events by *names*; a number that is missing or not finite is None."""
    return tuple(
        Driver(
            group=str(entry.get("group", "")),
            name=str(entry.get("name", "")),
            unit=str(entry.get("unit", "")),
            value=number(entry.get("value")),
            normal=number(entry.get("normal")),
            spread=number(entry.get("spread")),
            slope_per_day=number(entry.get("slope_per_day")),
            sentence=with_event_names(str(entry.get("sentence", "")), names or {}),
        )
        for entry in stored
    )


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) != float("inf") and value == value else None


def newest_of(session: Session, equipment_id: int, component: str = "") -> Forecast | None:
    """The newest forecast of a machine, or of one of its components; None when there is none."""
    return session.scalar(
        sa.select(Forecast)
        .where(Forecast.equipment_id == equipment_id, Forecast.mode == (component or ANY_MODE))
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
    )


def _threshold(session: Session, machine: Equipment, now: datetime) -> float:
    machines = {machine.id: machine.equipment_class_id}
    return thresholds(session, machines, at=now)[machine.id]


def _modes(session: Session, machine: Equipment, newest: Forecast) -> tuple[ModeRisk, ...]:
    found = session.scalars(
        sa.select(Forecast)
        .where(
            Forecast.run_id == newest.run_id,
            Forecast.equipment_id == machine.id,
            Forecast.mode != ANY_MODE,
        )
        .order_by(-Forecast.risk, Forecast.id)
    )
    names = _mode_names(session, machine)
    here = Scope(frozenset({machine.site_id}))
    gate_of = {
        gate.mode: gate
        for gate in gates(session, scope=here)
        if gate.class_id == machine.equipment_class_id
    }
    return tuple(
        ModeRisk(
            row.mode,
            names.get(row.mode, ""),
            row.risk,
            row.is_mode_certain,
            gate_of.get(row.mode),
        )
        for row in found
    )


def _mode_names(session: Session, machine: Equipment) -> dict[str, str]:
    known = mode_names(session, [machine.equipment_class_id])
    return {mode: name for (_, mode), name in known.items()}
