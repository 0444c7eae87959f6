"""Which order rule was in force at a machine at any moment, asked once for many machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import OrderRuleRow
from app.domain.risk import OrderRule
from app.queries.fleet import rule_of

_Owner = tuple[str, int]


class RuleBook:
    """The rules of machines and of their classes.

    *machines* is {equipment: class}. One question, however many machines.
    """

    def __init__(self, session: Session, machines: Mapping[int, int]) -> None:
        self._class_of = dict(machines)
        self._rows: dict[_Owner, list[OrderRuleRow]] = defaultdict(list)
        for row in session.scalars(_asked(set(machines.values()))):
            own = row.equipment_id
            owner = ("class", row.equipment_class_id) if own is None else ("machine", own)
            self._rows[owner].append(row)

    def at(self, equipment_id: int, moment: datetime) -> OrderRule:
        """The rule in force at *moment*: the machine's own, else its class's, else the defaults."""
        own = _newest(self._rows.get(("machine", equipment_id), ()), moment)
        if own is not None and own.effective_at <= moment and not own.follows_class:
            return rule_of(own)
        row = _newest(self._rows.get(("class", self._class_of[equipment_id]), ()), moment)
        return OrderRule() if row is None else rule_of(row)


def _asked(class_ids: set[int]) -> sa.Select[OrderRuleRow]:
    return (
        sa.select(OrderRuleRow)
        .where(OrderRuleRow.equipment_class_id.in_(class_ids), OrderRuleRow.withdrawn_at.is_(None))
        .order_by(OrderRuleRow.effective_at, OrderRuleRow.id)
    )


def _newest(rows: Sequence[OrderRuleRow], moment: datetime) -> OrderRuleRow | None:
    """The last row effective at *moment*; where only later ones exist the last of them, as for a
    back-dated night."""
    effective = [row for row in rows if row.effective_at <= moment]
    known = effective or rows
    return known[-1] if known else None
