"""A machine of the ranking with all that stands in its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.places import Site
from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.deadlines import Deadline
from app.domain.roles import Scope
from app.domain.work_orders import UNFINISHED, OrderType
from app.queries.predictions.basics import horizons
from app.queries.predictions.decisions import HELD, DecisionView, decisions
from app.queries.predictions.gates import GateView, gates
from app.queries.predictions.leading import leading
from app.queries.rules_in_force import RuleBook

Machine = sa.Row[Equipment, EquipmentClass, Site, Forecast]


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One machine in the ranking; `risk` is that of a failure in the next `risk_hours`.

    `expected_loss` is what an order now is expected to avoid, in the currency of the order rule;
    `earliest_at` the moment before which one in ten such components fails, None where the forecast
    does not reach that far; `deadline` until when work on it must begin. Both are those of the
    riskiest component.
    """

    forecast_id: int
    equipment_id: int
    tag: str
    name: str
    class_name: str
    site_name: str
    criticality: str
    as_of: datetime
    rung: str
    risk: float
    risk_hours: float
    risks: tuple[tuple[float, float], ...]
    threshold: float
    expected_loss: float
    earliest_at: datetime | None
    deadline: Deadline
    mode: str
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


def rows(
    session: Session, machines: Sequence[Machine], now: datetime, *, component: str = ""
) -> list[RiskRow]:
    """The machines' rows; five questions in all, however many machines there are.

    *component*: the one whose forecasts these are, "" = those of the machines as a whole.
    """
    ids = {machine.id: machine.equipment_class_id for machine, *_ in machines}
    runs = {machine.id: forecast.run_id for machine, *_, forecast in machines}
    rules = RuleBook(session, ids)
    decided = decisions(session, run_ids=runs.values(), equipment_ids=ids)
    riskiest = leading(session, runs=runs, component=component)
    gate_of = _gates_by_mode(session, machines)
    orders = _open_orders(session, ids)
    found = []
    for machine, kind, site, forecast in machines:
        part = riskiest[machine.id]
        rule = rules.at(machine.id, now)
        found.append(
            RiskRow(
                forecast_id=forecast.id,
                equipment_id=machine.id,
                tag=machine.tag,
                name=machine.name,
                class_name=kind.name,
                site_name=site.name,
                criticality=machine.criticality.value,
                as_of=forecast.as_of,
                rung=forecast.rung,
                risk=forecast.risk,
                risk_hours=forecast.risk_hours,
                risks=horizons(forecast.risks),
                threshold=rule.threshold,
                expected_loss=forecast.risk * rule.gain,
                earliest_at=part.outlook.lower_at,
                deadline=part.deadline(rule.threshold, now=now),
                mode=part.mode,
                mode_name=part.name,
                sentence=next((str(d.get("sentence", "")) for d in forecast.drivers), ""),
                gate=gate_of.get((kind.id, part.mode)) or gate_of.get((kind.id, ANY_MODE)),
                decisions=tuple(decided.get(machine.id, ())),
                order_id=orders.get(machine.id),
            )
        )
    return found


def _gates_by_mode(
    session: Session, machines: Sequence[Machine]
) -> dict[tuple[int, str], GateView]:
    sites = Scope(frozenset(machine.site_id for machine, *_ in machines))
    return {(gate.class_id, gate.mode): gate for gate in gates(session, scope=sites)}


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
