"""One order as the person who looks at it may know it."""

from __future__ import annotations

from app.context import database, now
from app.queries import work_orders as questions
from app.web.auth import me
from app.web.local_time import today


def order_page(work_order_id: int) -> questions.OrderPage:
    """Everything this person may know and do about an order; raise NotFound."""
    with database().reading() as session:
        return questions.order_page(
            session,
            scope=me().scope,
            work_order_id=work_order_id,
            by=me(),
            now=now(),
            today=today(),
        )
