"""The newest forecast of a machine or of one of its components, as its own page shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE
from app.domain.deadlines import Deadline
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.equipment import machine
from app.queries.event_names import event_names
from app.queries.forecasts import Curve, Driver, curve, drivers, newest_of
from app.queries.predictions import DecisionView, decisions, horizons, leading, mode_names
from app.queries.rules_in_force import RuleBook


@dataclass(frozen=True, slots=True)
class ComponentRisk:
    """One component in the choice of a machine's forecasts; `risk` by the newest night."""

    code: str
    name: str
    risk: float


@dataclass(frozen=True, slots=True)
class ComponentForecast:
    """What the newest night says of a machine, or of the `component` chosen ("" = the machine).

    `forecast_id` None: no night has spoken of it yet, and every other figure is empty. `gain` is
    what an order before a failure is worth, in the currency of the order rule.
    """

    equipment_id: int
    tag: str
    name: str
    class_name: str
    component: str
    component_name: str
    components: tuple[ComponentRisk, ...]
    threshold: float
    gain: float
    forecast_id: int | None = None
    run_id: int | None = None
    as_of: datetime | None = None
    rung: str = ""
    risk: float = 0.0
    risk_hours: float = 0.0
    risks: tuple[tuple[float, float], ...] = ()
    curve: Curve | None = None
    drivers: tuple[Driver, ...] = ()
    deadline: Deadline | None = None
    decisions: tuple[DecisionView, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the risk reaches the threshold of the machine's order rule."""
        return self.risk >= self.threshold


def component_forecast(
    session: Session, *, scope: Scope, equipment_id: int, component: str, now: datetime
) -> ComponentForecast:
    """One machine with the forecast of *component* ("" = of the whole); raise NotFound, also for a
    component its class does not have."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    names = {
        mode: name for (_, mode), name in mode_names(session, [row.equipment_class_id]).items()
    }
    if component and component not in names:
        raise NotFound(f"There is no component {component}.")
    rule = RuleBook(session, {row.id: row.equipment_class_id}).at(row.id, now)
    told = newest_of(session, row.id, component)
    empty = ComponentForecast(
        equipment_id=row.id,
        tag=row.tag,
        name=row.name,
        class_name=session.get_one(EquipmentClass, row.equipment_class_id).name,
        component=component,
        component_name=names.get(component, ""),
        components=_components(session, row, names),
        threshold=rule.threshold,
        gain=rule.gain,
    )
    return empty if told is None else _filled(session, empty, told, now)


def _filled(
    session: Session, empty: ComponentForecast, told: Forecast, now: datetime
) -> ComponentForecast:
    machine_id, runs = empty.equipment_id, {empty.equipment_id: told.run_id}
    part = leading(session, runs=runs, component=empty.component)[machine_id]
    decided = decisions(session, run_ids=[told.run_id], equipment_ids=[machine_id])
    return replace(
        empty,
        forecast_id=told.id,
        run_id=told.run_id,
        as_of=told.as_of,
        rung=told.rung,
        risk=told.risk,
        risk_hours=told.risk_hours,
        risks=horizons(told.risks),
        curve=curve(told),
        drivers=drivers(told.drivers, event_names(session, equipment_id=machine_id)),
        deadline=part.deadline(empty.threshold, now=now),
        decisions=tuple(
            row for row in decided.get(machine_id, ()) if empty.component in ("", row.mode)
        ),
    )


def _components(
    session: Session, row: Equipment, names: dict[str, str]
) -> tuple[ComponentRisk, ...]:
    """The components with a forecast of the machine's newest night, the riskiest first."""
    newest = newest_of(session, row.id)
    if newest is None:
        return ()
    found = session.execute(
        sa.select(Forecast.mode, Forecast.risk)
        .where(
            Forecast.run_id == newest.run_id,
            Forecast.equipment_id == row.id,
            Forecast.mode != ANY_MODE,
        )
        .order_by(-Forecast.risk, Forecast.id)
    )
    return tuple(ComponentRisk(mode, names.get(mode, mode), risk) for mode, risk in found)
