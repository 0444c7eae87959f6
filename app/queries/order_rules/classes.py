"""The order rule of each class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass, OrderRuleRow
from app.domain.equipment import Status
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.order_rules.stored import by_rank, planned, standing, version
from app.queries.order_rules.terms import RuleView, defaults, view
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class ClassRule:
    """A class with its rule in force; `machines` are those in sight that are not retired.

    `version` rises with every rule written or withdrawn; None = none is on record.
    """

    class_id: int
    class_name: str
    machines: int
    rule: RuleView
    planned: tuple[RuleView, ...]
    version: int | None


def order_rules(session: Session, *, scope: Scope, now: datetime) -> list[ClassRule]:
    """The classes in sight with the rule each is judged by now, by name."""
    found = session.execute(_classes(scope)).all()
    rules = _rules(session, [class_id for class_id, _, _ in found], now)
    return [_row(*row, rules.get(row[0], []), now) for row in found]


def class_rule(session: Session, *, scope: Scope, class_id: int, now: datetime) -> ClassRule:
    """One class with its rule in force; raise NotFound, also for a class not in sight."""
    for row in session.execute(_classes(scope).where(EquipmentClass.id == class_id)):
        return _row(*row, _rules(session, [class_id], now).get(class_id, []), now)
    raise NotFound(f"There is no equipment class {class_id}.")


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


def _row(
    class_id: int, name: str, machines: int, rows: Sequence[OrderRuleRow], now: datetime
) -> ClassRule:
    kept = standing(rows)
    return ClassRule(
        class_id=class_id,
        class_name=name,
        machines=machines,
        rule=view(kept[0]) if kept else defaults(),
        planned=planned(kept[1:], now=now),
        version=version(rows),
    )


def _rules(
    session: Session, class_ids: Iterable[int], now: datetime
) -> dict[int, list[OrderRuleRow]]:
    """Class -> its own rules; the first is the one the night takes."""
    of_classes = sa.and_(
        OrderRuleRow.equipment_class_id.in_(set(class_ids)), OrderRuleRow.equipment_id.is_(None)
    )
    found: dict[int, list[OrderRuleRow]] = {}
    for row in by_rank(session, of_classes, now=now):
        found.setdefault(row.equipment_class_id, []).append(row)
    return found
