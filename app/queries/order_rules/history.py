"""Every order rule a class or a machine ever had: who changed what, why, and from when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.equipment import OrderRuleRow
from app.queries.order_rules.stored import by_rank
from app.queries.order_rules.terms import Change, RuleView, changes, view


@dataclass(frozen=True, slots=True)
class PastRule:
    """A rule on record: who set it ("" when nobody wrote it down), when, and what it changed.

    `is_planned`: it is not in force yet.
    """

    rule: RuleView
    by_name: str
    set_at: datetime | None
    changes: tuple[Change, ...]
    is_first: bool
    is_in_force: bool
    is_planned: bool


def history(
    session: Session, *, class_id: int, now: datetime, equipment_id: int | None = None
) -> list[PastRule]:
    """Every rule of a class, or of one of its machines, the newest first."""
    ranked = by_rank(session, _of(class_id, equipment_id), now=now)
    rows = sorted(ranked, key=lambda row: (row.effective_at, row.id), reverse=True)
    authors = _authors(session, [row.id for row in rows])
    return [
        _past(row, older, authors.get(row.id, ("", None)), ranked, now)
        for row, older in zip_longest(rows, rows[1:])
    ]


def _of(class_id: int, equipment_id: int | None) -> sa.ColumnElement[bool]:
    of_class = OrderRuleRow.equipment_class_id == class_id
    if equipment_id is None:
        return sa.and_(of_class, OrderRuleRow.equipment_id.is_(None))
    return OrderRuleRow.equipment_id == equipment_id


def _past(
    row: OrderRuleRow,
    older: OrderRuleRow | None,
    author: tuple[str, datetime | None],
    ranked: Sequence[OrderRuleRow],
    now: datetime,
) -> PastRule:
    # A machine that comes back from its class starts anew: there is nothing to compare with.
    is_first = older is None or older.follows_class
    return PastRule(
        rule=view(row),
        by_name=author[0],
        set_at=author[1],
        changes=() if older is None or is_first or row.follows_class else changes(older, row),
        is_first=is_first,
        is_in_force=row is ranked[0] and row.effective_at <= now,
        is_planned=row.effective_at > now,
    )


def _authors(session: Session, rule_ids: Sequence[int]) -> dict[int, tuple[str, datetime | None]]:
    """Rule -> who set it and when, from the audit log."""
    rows = session.execute(
        sa.select(AuditRow.entity_id, AuditRow.by_name, AuditRow.at).where(
            AuditRow.entity == OrderRuleRow.__tablename__,
            AuditRow.entity_id.in_([str(rule_id) for rule_id in rule_ids]),
        )
    )
    return {int(rule_id): (name, at) for rule_id, name, at in rows}
