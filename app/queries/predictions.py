"""What the last nights said of the machines: the ranking, what was held back, and the gates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.predictions import ClassGate, ClassVersion, Decision, Forecast
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.equipment import Status
from app.domain.risk import Gate, Verdict
from app.domain.roles import Scope
from app.domain.work_orders import UNFINISHED, OrderType
from app.queries import fleet
from app.queries.page import PAGE_ROWS, Page, later, page, read_key

HELD = (Verdict.HELD_BUDGET, Verdict.HELD_COOLDOWN, Verdict.HELD_SNOOZED, Verdict.WITHHELD)
_Machine = sa.Row[Equipment, EquipmentClass, Forecast]


@dataclass(frozen=True, slots=True)
class GateView:
    """Whether predictions of one class and mode may raise orders, and why."""

    class_id: int
    class_name: str
    mode: str
    mode_name: str
    gate: Gate
    reason: str
    events: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a night decided for one machine and mode."""

    mode: str
    mode_name: str
    verdict: Verdict
    risk: float
    threshold: float
    reason: str
    order_id: int | None


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One machine in the ranking; `risk` is that of a failure in the next `risk_hours`."""

    forecast_id: int
    equipment_id: int
    tag: str
    name: str
    class_name: str
    criticality: str
    as_of: datetime
    rung: str
    risk: float
    risk_hours: float
    risks: tuple[tuple[float, float], ...]
    threshold: float
    mode_name: str
    sentence: str
    gate: GateView | None
    decisions: tuple[DecisionView, ...]
    order_id: int | None

    @property
    def decision(self) -> DecisionView | None:
        """What the night decided on the riskiest mode."""
        return self.decisions[0] if self.decisions else None

    @property
    def held(self) -> tuple[DecisionView, ...]:
        """What it would have ordered and did not."""
        return tuple(row for row in self.decisions if row.verdict in HELD)

    @property
    def is_over(self) -> bool:
        """Whether the risk reaches the threshold of the machine's order rule."""
        return self.risk >= self.threshold


def ranking(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[RiskRow]:
    """Machines with a forecast, the riskiest first."""
    asked = _machines(scope).order_by(-Forecast.risk, Forecast.id).limit(limit + 1)
    key = read_key(after, float, int)
    if key is not None:
        asked = asked.where(later((-Forecast.risk, Forecast.id), key))
    rows = _rows(session, session.execute(asked).all(), now)
    return page(rows, limit=limit, key=lambda row: (-row.risk, row.forecast_id))


def held_back(session: Session, *, scope: Scope, now: datetime, limit: int = 20) -> list[RiskRow]:
    """Machines whose newest night wanted an order and did not get one, the riskiest first."""
    decided_on = aliased(Forecast)
    was_held = sa.exists().where(
        Decision.equipment_id == Equipment.id,
        Decision.verdict.in_(HELD),
        Decision.forecast_id == decided_on.id,
        decided_on.run_id == Forecast.run_id,
    )
    asked = _machines(scope).where(was_held).order_by(-Forecast.risk, Forecast.id).limit(limit)
    return _rows(session, session.execute(asked).all(), now)


def gates(session: Session, *, scope: Scope) -> list[GateView]:
    """The newest gate of every mode of the classes that have machines in sight."""
    classes = sa.select(Equipment.equipment_class_id).where(seen(Equipment.site_id, scope))
    newest = (
        sa.select(sa.func.max(ClassVersion.id))
        .where(ClassVersion.equipment_class_id.in_(classes))
        .group_by(ClassVersion.equipment_class_id)
    )
    found = session.execute(
        sa.select(EquipmentClass.id, EquipmentClass.name, ClassGate)
        .join(ClassVersion, ClassVersion.equipment_class_id == EquipmentClass.id)
        .join(ClassGate, ClassGate.class_version_id == ClassVersion.id)
        .where(ClassVersion.id.in_(newest))
        .order_by(EquipmentClass.name, ClassGate.mode, ClassGate.id)
    ).all()
    names = mode_names(session, {class_id for class_id, _, _ in found})
    return [
        GateView(
            class_id,
            name,
            gate.mode,
            names.get((class_id, gate.mode), ""),
            gate.gate,
            gate.reason,
            gate.events,
        )
        for class_id, name, gate in found
    ]


def decisions(
    session: Session, *, run_ids: Iterable[int], equipment_ids: Iterable[int]
) -> dict[int, list[DecisionView]]:
    """The newest decision on each machine and mode that rests on these runs' forecasts.

    Per machine, the riskiest first. A later run that found nothing new decides on an old forecast.
    """
    found = session.execute(
        sa.select(Equipment.equipment_class_id, Decision)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .where(Forecast.run_id.in_(set(run_ids)), Decision.equipment_id.in_(set(equipment_ids)))
        .order_by(Decision.run_id, Decision.id)
    ).all()
    names = mode_names(session, {class_id for class_id, _ in found})
    newest = {
        (row.equipment_id, row.mode): (row, names.get((class_id, row.mode), ""))
        for class_id, row in found
    }
    by_machine: dict[int, list[DecisionView]] = {}
    for row, name in sorted(newest.values(), key=lambda entry: (-entry[0].risk, entry[0].id)):
        by_machine.setdefault(row.equipment_id, []).append(_decision(row, name))
    return by_machine


def mode_names(session: Session, class_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """(class, mode) -> the component's name."""
    found = session.execute(
        sa.select(Component.equipment_class_id, Component.code, Component.name).where(
            Component.equipment_class_id.in_(set(class_ids))
        )
    )
    return {(class_id, code): name for class_id, code, name in found}


def thresholds(session: Session, class_ids: Iterable[int], *, at: datetime) -> dict[int, float]:
    """Class -> the risk from which its order rule asks for an inspection."""
    return {
        class_id: fleet.order_rule(session, class_id=class_id, at=at).threshold
        for class_id in sorted(set(class_ids))
    }


def newest_forecast() -> sa.ScalarSelect[int]:
    """The id of a machine's newest whole-machine forecast: one index seek a machine."""
    return (
        sa.select(Forecast.id)
        .where(Forecast.equipment_id == Equipment.id, Forecast.mode == ANY_MODE)
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
        .correlate(Equipment)
        .scalar_subquery()
    )


def horizons(risks: dict[str, float]) -> tuple[tuple[float, float], ...]:
    """(hours, risk) in the order of time, from the stored {hours: risk}."""
    return tuple(sorted((float(hours), float(risk)) for hours, risk in risks.items()))


def seen(column: Any, scope: Scope) -> sa.ColumnElement[bool]:
    """The condition that keeps a question inside *scope*."""
    return sa.true() if scope.site_ids is None else column.in_(scope.site_ids)


def _decision(row: Decision, mode_name: str) -> DecisionView:
    return DecisionView(
        mode=row.mode,
        mode_name=mode_name,
        verdict=row.verdict,
        risk=row.risk,
        threshold=row.threshold,
        reason=row.reason,
        order_id=row.work_order_id,
    )


def _machines(scope: Scope) -> sa.Select[Equipment, EquipmentClass, Forecast]:
    return (
        sa.select(Equipment, EquipmentClass, Forecast)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .join(Forecast, Forecast.id == newest_forecast())
        .where(seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED)
    )


def _rows(session: Session, machines: Sequence[_Machine], now: datetime) -> list[RiskRow]:
    """The machines' rows; five questions in all, however many machines there are."""
    ids = {machine.id: machine.equipment_class_id for machine, _, _ in machines}
    runs = {forecast.run_id for _, _, forecast in machines}
    rules = thresholds(session, ids.values(), at=now)
    decided = decisions(session, run_ids=runs, equipment_ids=ids)
    leading = _leading_modes(session, runs, ids)
    names = mode_names(session, ids.values())
    gate_of = _gates_by_mode(session, machines)
    orders = _open_orders(session, ids)
    rows = []
    for machine, kind, forecast in machines:
        mode = leading.get((forecast.run_id, machine.id), ANY_MODE)
        rows.append(
            RiskRow(
                forecast_id=forecast.id,
                equipment_id=machine.id,
                tag=machine.tag,
                name=machine.name,
                class_name=kind.name,
                criticality=machine.criticality.value,
                as_of=forecast.as_of,
                rung=forecast.rung,
                risk=forecast.risk,
                risk_hours=forecast.risk_hours,
                risks=horizons(forecast.risks),
                threshold=rules[kind.id],
                mode_name=names.get((kind.id, mode), ""),
                sentence=next((str(d.get("sentence", "")) for d in forecast.drivers), ""),
                gate=gate_of.get((kind.id, mode)) or gate_of.get((kind.id, ANY_MODE)),
                decisions=tuple(decided.get(machine.id, ())),
                order_id=orders.get(machine.id),
            )
        )
    return rows


def _gates_by_mode(
    session: Session, machines: Sequence[_Machine]
) -> dict[tuple[int, str], GateView]:
    sites = Scope(frozenset(machine.site_id for machine, _, _ in machines))
    return {(gate.class_id, gate.mode): gate for gate in gates(session, scope=sites)}


def _leading_modes(
    session: Session, run_ids: Iterable[int], equipment_ids: Iterable[int]
) -> dict[tuple[int, int], str]:
    """(run, machine) -> its riskiest mode."""
    found = session.execute(
        sa.select(Forecast.run_id, Forecast.equipment_id, Forecast.mode)
        .where(
            Forecast.run_id.in_(set(run_ids)),
            Forecast.equipment_id.in_(set(equipment_ids)),
            Forecast.mode != ANY_MODE,
        )
        .order_by(Forecast.risk, Forecast.id.desc())
    )
    return {(run_id, machine): mode for run_id, machine, mode in found}


def _open_orders(session: Session, equipment_ids: Iterable[int]) -> dict[int, int]:
    """Machine -> its open predictive order; the newest when modes have several."""
    found = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.id)
        .where(
            WorkOrder.equipment_id.in_(set(equipment_ids)),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.state.in_(UNFINISHED),
        )
        .order_by(WorkOrder.id)
    )
    return dict(found.all())
