"""How good the orders were: which failures had one before them, which orders a failure after."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

YEAR = timedelta(days=365.25)
SOON = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One recorded failure of a machine's component."""

    equipment_id: int
    mode: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """One predicted-failure order; `ended_at` None: still open."""

    equipment_id: int
    mode: str
    created_at: datetime
    ended_at: datetime | None

    def was_open_at(self, breakdown: Breakdown) -> bool:
        """Whether it was written before this failure and had not ended before it."""
        same = (self.equipment_id, self.mode) == (breakdown.equipment_id, breakdown.mode)
        ended = self.ended_at is not None and self.ended_at < breakdown.at
        return same and self.created_at < breakdown.at and not ended


def score_orders(
    orders: Sequence[Raised], failures: Sequence[Breakdown], *, machines: int, watched: timedelta
) -> dict[str, Any]:
    """Return shares, rates and lead times; None where there is nothing to divide by.

    1. A failure had an order before it when one of its component was open as it happened.
    2. An order was followed by a failure when its component failed within 48 hours.
    3. Lead times are those of 1, from the order to the failure, in hours.
    """
    leads = [lead for failure in failures if (lead := _lead(failure, orders)) is not None]
    short = [lead for lead in leads if lead <= SOON]
    followed = [order for order in orders if _is_followed(order, failures)]
    years = machines * watched / YEAR
    return {
        "failures": len(failures),
        "failures_with_order_before": _share(len(leads), len(failures)),
        "failures_with_order_48h_before": _share(len(short), len(failures)),
        "orders": len(orders),
        "orders_followed_by_failure_48h": _share(len(followed), len(orders)),
        "orders_per_machine_year": len(orders) / years if years else None,
        "lead_hours_median": _hours(leads, median),
        "lead_hours_p10": _hours(leads, _lowest_tenth),
    }


def _lead(failure: Breakdown, orders: Iterable[Raised]) -> timedelta | None:
    open_then = [failure.at - order.created_at for order in orders if order.was_open_at(failure)]
    return max(open_then, default=None)


def _is_followed(order: Raised, failures: Iterable[Breakdown]) -> bool:
    return any(
        (failure.equipment_id, failure.mode) == (order.equipment_id, order.mode)
        and order.created_at < failure.at <= order.created_at + SOON
        for failure in failures
    )


def _lowest_tenth(values: Sequence[float]) -> float:
    """The 10th percentile by nearest rank."""
    return sorted(values)[math.ceil(len(values) / 10) - 1]


def _hours(leads: Sequence[timedelta], of: Callable[[list[float]], float]) -> float | None:
    return of([lead / timedelta(hours=1) for lead in leads]) if leads else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
