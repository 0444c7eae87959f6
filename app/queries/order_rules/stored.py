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
    """Rules, the one in force at *now* first, by the same order as the night; future ones last.

    Those that were withdrawn are among them: `standing` leaves them out.
    """
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


def standing(rows: Sequence[OrderRuleRow]) -> list[OrderRuleRow]:
    """Those that are, were or will be in force."""
    return [row for row in rows if row.withdrawn_at is None]


def version(rows: Sequence[OrderRuleRow]) -> int | None:
    """What a form remembers: whether a rule was written or withdrawn since it was drawn.

    Ids only rise and nothing withdrawn ever stands again: the sum rises with every such deed.
    *rows* are all rules on record; None = there is none.
    """
    withdrawn = sum(row.withdrawn_at is not None for row in rows)
    return max(row.id for row in rows) + withdrawn if rows else None


def planned(rows: Sequence[OrderRuleRow], *, now: datetime) -> tuple[RuleView, ...]:
    """The changes that are still to come, the next one first."""
    later = sorted(
        (row for row in standing(rows) if row.effective_at > now),
        key=lambda r: (r.effective_at, r.id),
    )
    return tuple(view(row) for row in later)
