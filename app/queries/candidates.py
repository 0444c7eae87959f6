"""What the night must know of a forecast before it decides: rule, gate, open work, quiet times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.risk import Gate, OrderRule, absorbs_until
from app.domain.work_orders import OrderType
from app.queries.candidate_facts import Known, ToldForecast, known_of

WEEK = timedelta(days=7)
# Rungs that only know age (or nothing): what a calendar knows raises no predicted order. A new
# machine has the age rule's forecast on the lowest rung until its own normal is known, however
# much its class has learned.
UNPREDICTIVE = {
    "not_enough_data": "Not enough data for a prediction yet.",
    "health": "Only watched against its own normal so far; no failure is on record.",
    "reference": "Only age is known to matter so far; a calendar knows as much.",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One machine and mode with tonight's risk and everything that speaks for or against it.

    `risk` is that of a failure within the rule's own lead + one review. `absorbs_until`: work that
    comes before it makes an order needless.
    """

    equipment_id: int
    tag: str
    class_id: int
    crew: tuple[int, int | None]
    team_id: int | None
    mode: str
    component_id: int | None
    component_name: str
    forecast_id: int
    as_of: datetime
    risk: float
    drivers: Sequence[dict[str, Any]]
    absorbs_until: datetime
    rule: OrderRule
    gate: Gate
    is_earned: bool
    gate_reason: str
    open_order_id: int | None
    snoozed_until: datetime | None
    quiet_until: datetime | None

    @property
    def key(self) -> tuple[int, str]:
        """Machine and mode: what there is one open order of at most."""
        return self.equipment_id, self.mode

    @property
    def evidence(self) -> str:
        """The three strongest reasons, a sentence a line."""
        return "\n".join(str(driver["sentence"]) for driver in self.drivers[:3])

    @property
    def is_wanted(self) -> bool:
        """Whether the risk reaches what the rule asks for."""
        return self.risk >= self.rule.threshold


def candidates(
    session: Session, *, equipment_ids: Sequence[int], run_id: int, at: datetime | None = None
) -> tuple[Candidate, ...]:
    """The forecasts this run issued or reused, one per machine and mode, by tag and mode.

    Machines without an outcome in this run are left out: their orders stay as they are. Snoozes
    and work done count as they stood at the forecast's own moment, or as they stand at *at*.
    """
    known = known_of(session, run_id=run_id, at=at)
    found = [
        candidate
        for equipment_id in sorted(known.machines.keys() & set(equipment_ids))
        for candidate in _of_machine(known, known.machines[equipment_id], at)
    ]
    return tuple(sorted(found, key=lambda candidate: (candidate.tag, candidate.mode)))


def raised_this_week(session: Session, *, now: datetime) -> Counter[tuple[int, int | None]]:
    """Predicted orders raised in the last seven days per crew (site, team)."""
    rows = session.execute(
        sa.select(Equipment.site_id, WorkOrder.team_id, sa.func.count())
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.created_at > now - WEEK,
            WorkOrder.created_at <= now,
        )
        .group_by(Equipment.site_id, WorkOrder.team_id)
    )
    return Counter({(site_id, team_id): count for site_id, team_id, count in rows})


def _of_machine(known: Known, machine: Equipment, at: datetime | None) -> list[Candidate]:
    forecasts = known.forecasts.get(machine.id, {})
    components = known.components.get(machine.equipment_class_id, {})
    modes = [mode for mode in forecasts if mode != ANY_MODE or not components]
    return [
        _candidate(known, machine, forecasts[mode], components.get(mode), at)
        for mode in modes
        if forecasts[mode].standing_since is None
    ]


def _candidate(
    known: Known,
    machine: Equipment,
    forecast: ToldForecast,
    component: Component | None,
    at: datetime | None,
) -> Candidate:
    gate = known.gates.get(known.class_versions[machine.id], {}).get(forecast.mode)
    reason = UNPREDICTIVE.get(forecast.rung) or (gate.reason if gate else "No gate was decided.")
    state = gate.gate if gate else Gate.CLOSED
    is_earned = forecast.rung not in UNPREDICTIVE and state is not Gate.CLOSED
    rule = known.rules[machine.id]
    snoozed, quiet = _quiet(known, forecast, component, rule, at or forecast.as_of)
    return Candidate(
        equipment_id=machine.id,
        tag=machine.tag,
        class_id=machine.equipment_class_id,
        crew=(machine.site_id, machine.team_id),
        team_id=machine.team_id,
        mode=forecast.mode,
        component_id=component.id if component else None,
        component_name=component.name if component else "the machine",
        forecast_id=forecast.id,
        as_of=forecast.as_of,
        risk=forecast.risk_within(rule.lead + rule.review),
        drivers=forecast.drivers,
        absorbs_until=absorbs_until(
            forecast.as_of, rul_p10_hours=forecast.rul_p10_hours, horizon=rule.horizon
        ),
        rule=rule,
        gate=state,
        is_earned=is_earned,
        gate_reason=reason,
        open_order_id=known.open_orders.get((machine.id, forecast.mode)),
        snoozed_until=snoozed,
        quiet_until=quiet,
    )


def _quiet(
    known: Known,
    forecast: ToldForecast,
    component: Component | None,
    rule: OrderRule,
    at: datetime,
) -> tuple[datetime | None, datetime | None]:
    """Until when a snooze and the cooldown still hold at *at*; None = they do not.

    The cooldown runs from the last end of work on the component, or from a dismissal: evidence
    from before the repair must not raise the same order again.
    """
    key = (forecast.equipment_id, forecast.mode)
    renewed = (forecast.equipment_id, component.id if component else None, forecast.as_of)
    ends = (known.findings.get(key), known.renewals.get(renewed))
    ended = max((moment for moment in ends if moment is not None), default=None)
    quiet = None if ended is None else ended + rule.cooldown
    snoozed = known.snoozes.get(key)
    return (
        snoozed if snoozed is not None and snoozed > at else None,
        quiet if quiet is not None and quiet > at else None,
    )
