"""The calculator's numbers as the plant's own record knows them, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import fmean

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.readings import ReadingBatch
from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.equipment import Status
from app.domain.risk import OrderRule
from app.domain.roles import Scope
from app.domain.savings import YEAR, Terms
from app.domain.work_orders import Function
from app.queries.predictions import seen
from app.queries.record.summary import summary
from app.queries.rules_in_force import RuleBook
from app.queries.savings.assumptions import AssumptionBook
from app.queries.savings.past import Past

# Fewer events than this are counts, never a share.
ENOUGH = 10
SHORTEST = timedelta(days=30)
EXAMPLE_HOURS_DOWN = 8.0


class Origin(StrEnum):
    """Where a number comes from."""

    EXAMPLE = "example"
    MACHINES = "machines"
    FAILURES = "failures"
    EQUIPMENT = "equipment"
    RULES = "rules"
    ORDERS = "orders"
    RECORD = "record"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Number:
    """One field of the calculator: its value, where it comes from, from how many, in what time."""

    name: str
    value: float
    origin: Origin = Origin.EXAMPLE
    n: int = 0
    days: int = 0


def numbers(
    session: Session, *, scope: Scope, past: Past, rule: OrderRule, stated: AssumptionBook
) -> tuple[Number, ...]:
    """Every field, from the record or the assumptions where they have it, else an example that
    says that it is one; *rule* is the mean of the machines'."""
    return (
        Number("machines", max(1, len(past.machines)), Origin.MACHINES, len(past.machines)),
        _failures(session, scope, past),
        *_money(session, scope, past, rule),
        *_findings(past),
        Number("inspection_cost", rule.inspection_cost, Origin.RULES),
        Number("would_have_failed_percent", 80.0),
        *_assumed(stated, past.now),
    )


def proposals(rule: OrderRule, machines: int) -> Terms:
    """What the calculator proposes to assume of so many machines until somebody knows better."""
    return Terms(
        system_cost_per_year=2 * rule.inspection_cost * machines,
        set_up_cost=4 * rule.inspection_cost * machines,
        life_given_up_share=0.1,
    )


def _assumed(stated: AssumptionBook, now: datetime) -> Iterator[Number]:
    """What the ledger assumes now; an example where nobody has said it."""
    terms, entry = stated.at(now), stated.entry(now)

    def number(name: str, term: str, factor: int = 1) -> Number:
        is_stated = entry is not None and getattr(entry, term) is not None
        origin = Origin.STATED if is_stated else Origin.EXAMPLE
        return Number(name, round(factor * getattr(terms, term), 6), origin)

    yield number("life_given_up_percent", "life_given_up_share", 100)
    yield number("system_cost_per_year", "system_cost_per_year")
    yield number("set_up_cost", "set_up_cost")


def mean_rule(session: Session, past: Past) -> OrderRule:
    """What things cost by the order rules in force, averaged over the machines."""
    book = RuleBook(session, past.classes)
    rules = [book.at(machine.id, past.now) for machine in past.machines] or [OrderRule()]
    return OrderRule(
        inspection_cost=round(fmean(rule.inspection_cost for rule in rules), 2),
        planned_cost=round(fmean(rule.planned_cost for rule in rules), 2),
        unplanned_cost=round(fmean(rule.unplanned_cost for rule in rules), 2),
    )


def _failures(session: Session, scope: Scope, past: Past) -> Number:
    """Failures a machine and year, over the last year or as long as there are readings."""
    name = "failures_per_machine_year"
    first = session.scalar(sa.select(sa.func.min(ReadingBatch.first_at)))
    if first is None or not past.machines:
        return Number(name, 0.5)
    begins = max(past.now - YEAR, min(first, past.now - SHORTEST))
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(Failure)
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .where(
            seen(Equipment.site_id, scope),
            Equipment.status != Status.RETIRED,
            Failure.at > begins,
            Failure.at <= past.now,
        )
    )
    seen_for = past.now - begins
    rate = (count or 0) / (len(past.machines) * (seen_for / YEAR))
    return Number(name, round(rate, 2), Origin.FAILURES, count or 0, seen_for.days)


def _money(session: Session, scope: Scope, past: Past, rule: OrderRule) -> Iterator[Number]:
    """Hours down and costs that add up to what the order rules say an event costs.

    Without a cost per hour on file the whole difference between an unplanned and a planned
    repair is taken for the hours the machine stands still.
    """
    downtimes = _hours_down(session, scope, past.now)
    down = round(fmean(downtimes), 1) if downtimes else EXAMPLE_HOURS_DOWN
    origin = Origin.ORDERS if downtimes else Origin.EXAMPLE
    yield Number("repair_hours_unplanned", down, origin, len(downtimes))
    yield Number("repair_hours_planned", 0.0)
    on_file = [
        machine.downtime_cost_per_hour
        for machine in past.machines
        if machine.downtime_cost_per_hour is not None
    ]
    if on_file:
        hour = round(fmean(on_file), 2)
        repair = max(0.0, round(rule.unplanned_cost - hour * down, 2))
        yield Number("downtime_cost_per_hour", hour, Origin.EQUIPMENT, len(on_file))
        yield Number("unplanned_repair_cost", repair, Origin.RULES)
    else:
        hour = round(max(0.0, rule.unplanned_cost - rule.planned_cost) / down, 2)
        yield Number("downtime_cost_per_hour", hour, Origin.RULES)
        yield Number("unplanned_repair_cost", rule.planned_cost, Origin.RULES)
    yield Number("planned_repair_cost", rule.planned_cost, Origin.RULES)


def _hours_down(session: Session, scope: Scope, now: datetime) -> Sequence[float]:
    """How long machines stood still at failures of the last year, where somebody wrote it down."""
    rows = session.scalars(
        sa.select(WorkOrder.downtime_hours)
        .join(Finding, Finding.work_order_id == WorkOrder.id)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(
            seen(Equipment.site_id, scope),
            Finding.function == Function.LOST,
            WorkOrder.completed_at > now - YEAR,
            WorkOrder.downtime_hours > 0,
        )
    )
    return [hours for hours in rows if hours is not None]


def _findings(past: Past) -> Iterator[Number]:
    """What share was found in time, and how often nothing was found, by the record so far."""
    counts = summary(past.failures, past.findings)
    events = counts.caught + len(past.failures)
    if events >= ENOUGH:
        share = round(100 * counts.caught / events)
        yield Number("detection_percent", share, Origin.RECORD, events)
    else:
        yield Number("detection_percent", 50.0)
    machine_years = len(past.machines) * past.years
    if len(past.findings) >= ENOUGH and machine_years > 0:
        rate = round(counts.in_vain / machine_years, 2)
        yield Number("false_alarms_per_machine_year", rate, Origin.RECORD, counts.in_vain)
    else:
        yield Number("false_alarms_per_machine_year", 0.5)
