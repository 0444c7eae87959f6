"""Every order rule a class or a machine ever had: who changed what, why, and from when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.equipment import OrderRuleRow
from app.queries.order_rules.stored import by_rank, standing
from app.queries.order_rules.terms import Change, RuleView, changes, view

# What the audit log says was done to a rule.
SET, WITHDRAWN = "create", "withdraw"
_Done = dict[tuple[int, str], tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who took a planned rule back ("" when nobody wrote it down), when, and why."""

    by_name: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PastRule:
    """A rule on record: who set it ("" when nobody wrote it down), when, and what it changed.

    `is_planned`: it is not in force yet. One with a `withdrawal` never comes into force.
    """

    rule: RuleView
    by_name: str
    set_at: datetime | None
    changes: tuple[Change, ...]
    is_first: bool
    is_in_force: bool
    is_planned: bool
    withdrawal: Withdrawal | None


def history(
    session: Session, *, class_id: int, now: datetime, equipment_id: int | None = None
) -> list[PastRule]:
    """Every rule of a class, or of one of its machines, the newest first."""
    ranked = by_rank(session, _of(class_id, equipment_id), now=now)
    kept = standing(ranked)
    rows = sorted(ranked, key=_moment, reverse=True)
    done = _done(session, [row.id for row in rows])
    in_force = kept[0] if kept and kept[0].effective_at <= now else None
    return [_past(row, _before(row, kept), done, in_force, now) for row in rows]


def _of(class_id: int, equipment_id: int | None) -> sa.ColumnElement[bool]:
    of_class = OrderRuleRow.equipment_class_id == class_id
    if equipment_id is None:
        return sa.and_(of_class, OrderRuleRow.equipment_id.is_(None))
    return OrderRuleRow.equipment_id == equipment_id


def _moment(row: OrderRuleRow) -> tuple[datetime, int]:
    return row.effective_at, row.id


def _before(row: OrderRuleRow, kept: Sequence[OrderRuleRow]) -> OrderRuleRow | None:
    """The rule that a rule follows, or would have followed; one that was withdrawn never was."""
    return max((k for k in kept if _moment(k) < _moment(row)), key=_moment, default=None)


def _past(
    row: OrderRuleRow,
    older: OrderRuleRow | None,
    done: _Done,
    in_force: OrderRuleRow | None,
    now: datetime,
) -> PastRule:
    # A machine that comes back from its class starts anew: there is nothing to compare with.
    is_first = older is None or older.follows_class
    by_name, set_at = done.get((row.id, SET), ("", None))
    return PastRule(
        rule=view(row),
        by_name=by_name,
        set_at=set_at,
        changes=() if older is None or is_first or row.follows_class else changes(older, row),
        is_first=is_first,
        is_in_force=row is in_force,
        is_planned=row.withdrawn_at is None and row.effective_at > now,
        withdrawal=_withdrawal(row, done),
    )


def _withdrawal(row: OrderRuleRow, done: _Done) -> Withdrawal | None:
    if row.withdrawn_at is None:
        return None
    by_name, _ = done.get((row.id, WITHDRAWN), ("", None))
    return Withdrawal(by_name, row.withdrawn_at, row.withdrawal_reason)


def _done(session: Session, rule_ids: Sequence[int]) -> _Done:
    """(rule, what was done to it) -> who did it and when, from the audit log."""
    rows = session.execute(
        sa.select(AuditRow.entity_id, AuditRow.action, AuditRow.by_name, AuditRow.at).where(
            AuditRow.entity == OrderRuleRow.__tablename__,
            AuditRow.entity_id.in_([str(rule_id) for rule_id in rule_ids]),
        )
    )
    return {(int(rule_id), action): (name, at) for rule_id, action, name, at in rows}
