"""The stored rules of classes and machines, ranked as the night ranks them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import OrderRuleRow
from app.queries.order_rules.terms import RuleView, view


def by_rank(
    session: Session, these: sa.ColumnElement[bool], *, now: datetime
) -> list[OrderRuleRow]:
    """Rules, the one in force at *now* first, by the same order as the night; future ones last."""
    return list(
        session.scalars(
            sa.select(OrderRuleRow)
            .where(these)
            .order_by(
                (OrderRuleRow.effective_at <= now).desc(),
                OrderRuleRow.effective_at.desc(),
                OrderRuleRow.id.desc(),
            )
        )
    )


def newest_id(rows: Sequence[OrderRuleRow]) -> int | None:
    """What a form remembers: whether another rule was written since it was drawn."""
    return max((row.id for row in rows), default=None)


def planned(rows: Sequence[OrderRuleRow], *, now: datetime) -> tuple[RuleView, ...]:
    """The changes that are still to come, the next one first."""
    later = sorted(
        (row for row in rows if row.effective_at > now), key=lambda r: (r.effective_at, r.id)
    )
    return tuple(view(row) for row in later)
