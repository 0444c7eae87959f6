"""Questions about work orders: the list, one order's page, a person's work, the counts."""

from __future__ import annotations

from app.queries.work_orders.counting import OrderCounts, counts
from app.queries.work_orders.listing import OrderFilters, View, orders
from app.queries.work_orders.mine import MyWork, my_work
from app.queries.work_orders.outcomes import outcomes
from app.queries.work_orders.reading import (
    EvidenceLine,
    FindingView,
    HistoryLine,
    OrderPage,
    order_page,
)
from app.queries.work_orders.rows import OrderRow

__all__ = [
    "EvidenceLine",
    "FindingView",
    "HistoryLine",
    "MyWork",
    "OrderCounts",
    "OrderFilters",
    "OrderPage",
    "OrderRow",
    "View",
    "counts",
    "my_work",
    "order_page",
    "orders",
    "outcomes",
]
