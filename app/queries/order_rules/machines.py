"""Machines with an order rule of their own, instead of that of their class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass, OrderRuleRow
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.queries.equipment import machine
from app.queries.order_rules.classes import class_rule
from app.queries.order_rules.stored import by_rank, planned, standing, version
from app.queries.order_rules.terms import RuleView, view
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class MachineRule:
    """A machine with the rule it is judged by now: its own (`is_own`), or that of its class.

    `version` rises with every own rule written or withdrawn; None = it never had one.
    """

    equipment_id: int
    tag: str
    name: str
    class_id: int
    class_name: str
    rule: RuleView
    is_own: bool
    planned: tuple[RuleView, ...]
    version: int | None


def machine_rule(
    session: Session, *, scope: Scope, equipment_id: int, now: datetime
) -> MachineRule:
    """One machine with the rule it is judged by; raise NotFound, also for one not in sight."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    rows = by_rank(session, OrderRuleRow.equipment_id == row.id, now=now)
    of_class = class_rule(session, scope=scope, class_id=row.equipment_class_id, now=now)
    own = _own(rows, now)
    return MachineRule(
        equipment_id=row.id,
        tag=row.tag,
        name=row.name,
        class_id=of_class.class_id,
        class_name=of_class.class_name,
        rule=of_class.rule if own is None else own,
        is_own=own is not None,
        planned=planned(rows, now=now),
        version=version(rows),
    )


def own_rules(
    session: Session, *, scope: Scope, now: datetime, class_id: int | None = None
) -> list[MachineRule]:
    """The machines in sight that have a rule of their own now, by class and tag."""
    asked = (
        sa.select(Equipment, EquipmentClass.name)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .where(
            seen(Equipment.site_id, scope),
            Equipment.status != Status.RETIRED,
            sa.exists().where(OrderRuleRow.equipment_id == Equipment.id),
        )
        .order_by(EquipmentClass.name, Equipment.tag, Equipment.id)
    )
    if class_id is not None:
        asked = asked.where(Equipment.equipment_class_id == class_id)
    found = session.execute(asked).all()
    rules = _rules(session, now)
    rows = (_row(machine, name, rules[machine.id], now) for machine, name in found)
    return [row for row in rows if row is not None]


def machines_with_own_rule(session: Session, *, class_id: int, now: datetime) -> frozenset[int]:
    """The machines of a class that do not follow its rule now, whoever may see them."""
    return frozenset(
        machine
        for machine, rows in _rules(
            session, now, OrderRuleRow.equipment_class_id == class_id
        ).items()
        if _own(rows, now) is not None
    )


def _rules(
    session: Session, now: datetime, these: sa.ColumnElement[bool] | None = None
) -> dict[int, list[OrderRuleRow]]:
    """Machine -> its own rules; the first is the one the night looks at."""
    of_machines = OrderRuleRow.equipment_id.is_not(None)
    rows = by_rank(session, sa.and_(of_machines, sa.true() if these is None else these), now=now)
    of_one = sorted(rows, key=lambda row: row.equipment_id or 0)
    return {
        machine: list(found)
        for machine, found in groupby(of_one, key=lambda row: row.equipment_id)
        if machine is not None
    }


def _own(rows: Sequence[OrderRuleRow], now: datetime) -> RuleView | None:
    """The machine's own rule in force; None while it follows its class."""
    kept = standing(rows)
    if not kept or kept[0].effective_at > now or kept[0].follows_class:
        return None
    return view(kept[0])


def _row(
    machine: Equipment, class_name: str, rows: Sequence[OrderRuleRow], now: datetime
) -> MachineRule | None:
    own = _own(rows, now)
    if own is None:
        return None
    return MachineRule(
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        class_id=machine.equipment_class_id,
        class_name=class_name,
        rule=own,
        is_own=True,
        planned=planned(rows, now=now),
        version=version(rows),
    )
