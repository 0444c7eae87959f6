"""When each class raises predicted-failure orders: the rule in force and those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.equipment import Equipment, EquipmentClass, OrderRuleRow
from app.domain.equipment import Status
from app.domain.errors import NotFound
from app.domain.instants import BEGINNING
from app.domain.risk import Basis, OrderRule
from app.domain.roles import Scope
from app.inputs.equipment import SetOrderRule
from app.queries.predictions import seen

# What a planner sets, in the order of the form.
SETTINGS = (
    "basis",
    "risk_threshold",
    "inspection_cost",
    "planned_cost",
    "unplanned_cost",
    "detection_share",
    "lead_hours",
    "review_hours",
    "horizon_hours",
    "cooldown_hours",
    "weekly_budget",
    "approve_first",
)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule of a class; without an id it is the defaults of a class that never had one.

    `effective_at` is None for a rule that is in force since ever. Costs are in any one currency.
    """

    id: int | None
    effective_at: datetime | None
    basis: Basis
    risk_threshold: float
    inspection_cost: float
    planned_cost: float
    unplanned_cost: float
    detection_share: float
    lead_hours: int
    review_hours: int
    horizon_hours: int
    cooldown_hours: int
    weekly_budget: int | None
    approve_first: bool

    @property
    def threshold(self) -> float:
        """The risk over `risk_hours` from which it asks for an order; may be infinite."""
        return OrderRule(
            basis=self.basis,
            risk_threshold=self.risk_threshold,
            inspection_cost=self.inspection_cost,
            planned_cost=self.planned_cost,
            unplanned_cost=self.unplanned_cost,
            detection_share=self.detection_share,
        ).threshold

    @property
    def is_silent(self) -> bool:
        """Whether no risk at all reaches the threshold."""
        return self.threshold > 1

    @property
    def risk_hours(self) -> int:
        """How far ahead the risk reaches that is compared: lead and one review interval."""
        return self.lead_hours + self.review_hours


@dataclass(frozen=True, slots=True)
class ClassRule:
    """A class with its rule in force; `machines` are those in sight that are not retired."""

    class_id: int
    class_name: str
    machines: int
    rule: RuleView


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that a rule changed."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PastRule:
    """A rule on record: who set it ("" when nobody wrote it down) and what it changed."""

    rule: RuleView
    by_name: str
    changes: tuple[Change, ...]
    is_first: bool
    is_in_force: bool


def order_rules(session: Session, *, scope: Scope, now: datetime) -> list[ClassRule]:
    """The classes in sight with the rule each is judged by now, by name."""
    found = session.execute(_classes(scope)).all()
    rules = _rules(session, [class_id for class_id, _, _ in found], now)
    return [
        ClassRule(class_id, name, machines, _in_force(rules.get(class_id, [])))
        for class_id, name, machines in found
    ]


def class_rule(session: Session, *, scope: Scope, class_id: int, now: datetime) -> ClassRule:
    """One class with its rule in force; raise NotFound, also for a class not in sight."""
    for row in session.execute(_classes(scope).where(EquipmentClass.id == class_id)):
        rules = _rules(session, [class_id], now).get(class_id, [])
        return ClassRule(class_id, row.name, row.machines, _in_force(rules))
    raise NotFound(f"There is no equipment class {class_id}.")


def history(session: Session, *, class_id: int, now: datetime) -> list[PastRule]:
    """Every rule a class ever had, the newest first, each with what it changed."""
    by_rank = _rules(session, [class_id], now).get(class_id, [])
    rows = sorted(by_rank, key=lambda row: (row.effective_at, row.id), reverse=True)
    names = _authors(session, [row.id for row in rows])
    return [
        PastRule(
            rule=_view(row),
            by_name=names.get(row.id, ""),
            changes=() if older is None else _changes(older, row),
            is_first=older is None,
            is_in_force=row is by_rank[0],
        )
        for row, older in zip_longest(rows, rows[1:])
    ]


def _classes(scope: Scope) -> sa.Select[int, str, int]:
    """Class id, name and machines; without machines only for who sees every site."""
    serves = sa.case((Equipment.status != Status.RETIRED, 1))
    asked = (
        sa.select(EquipmentClass.id, EquipmentClass.name, sa.func.count(serves).label("machines"))
        .outerjoin(
            Equipment,
            sa.and_(
                Equipment.equipment_class_id == EquipmentClass.id, seen(Equipment.site_id, scope)
            ),
        )
        .group_by(EquipmentClass.id, EquipmentClass.name)
        .order_by(EquipmentClass.name, EquipmentClass.id)
    )
    return asked if scope.site_ids is None else asked.having(sa.func.count(Equipment.id) > 0)


def _rules(
    session: Session, class_ids: Iterable[int], now: datetime
) -> dict[int, list[OrderRuleRow]]:
    """Class -> its own rules; the first is the one the night takes, by the same order as it."""
    rows = session.scalars(
        sa.select(OrderRuleRow)
        .where(
            OrderRuleRow.equipment_class_id.in_(set(class_ids)),
            OrderRuleRow.equipment_id.is_(None),
        )
        .order_by(
            (OrderRuleRow.effective_at <= now).desc(),
            OrderRuleRow.effective_at.desc(),
            OrderRuleRow.id.desc(),
        )
    )
    found: dict[int, list[OrderRuleRow]] = {}
    for row in rows:
        found.setdefault(row.equipment_class_id, []).append(row)
    return found


def _in_force(by_rank: Sequence[OrderRuleRow]) -> RuleView:
    if by_rank:
        return _view(by_rank[0])
    defaults = SetOrderRule(equipment_class_id=0)
    return RuleView(None, None, *(getattr(defaults, name) for name in SETTINGS))


def _view(row: OrderRuleRow) -> RuleView:
    since = None if row.effective_at <= BEGINNING else row.effective_at
    return RuleView(row.id, since, *(getattr(row, name) for name in SETTINGS))


def _changes(older: OrderRuleRow, row: OrderRuleRow) -> tuple[Change, ...]:
    both = ((name, getattr(older, name), getattr(row, name)) for name in SETTINGS)
    return tuple(Change(name, old, new) for name, old, new in both if old != new)


def _authors(session: Session, rule_ids: Sequence[int]) -> dict[int, str]:
    """Rule -> who set it, from the audit log."""
    rows = session.execute(
        sa.select(AuditRow.entity_id, AuditRow.by_name).where(
            AuditRow.entity == OrderRuleRow.__tablename__,
            AuditRow.entity_id.in_([str(rule_id) for rule_id in rule_ids]),
        )
    )
    return {int(rule_id): name for rule_id, name in rows}
