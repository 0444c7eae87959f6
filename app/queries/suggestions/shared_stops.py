"""The stop windows in which a suggestion and other work can be done together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.deadlines import Deadline
from app.domain.stop_windows import Offer, proposed
from app.queries.stop_windows import upcoming
from app.queries.suggestions.windows import Window


@dataclass(frozen=True, slots=True)
class Job:
    """An order with its machine and what it takes; 0 hours = nobody said."""

    order_id: int
    equipment_id: int
    hours: float


def shared_stops(
    session: Session,
    *,
    job: Job,
    others: Sequence[Job],
    windows: Sequence[Window],
    planned_at: datetime | None,
    deadline: Deadline,
    bound: float,
) -> dict[int, tuple[Window, ...]]:
    """Other order -> the windows of the suggestion that release its machine too and are long
    enough, the one to take first, then by time. One question, however many others.

    *bound* is the order rule's threshold.
    """
    if not windows or not others:
        return {}
    starts = [window.starts_at for window in windows]
    times = upcoming(
        session,
        equipment_ids=[other.equipment_id for other in others],
        since=min(starts),
        until=max(starts),
    )
    found = {}
    for other in others:
        released = {(time.window_id, time.starts_at) for time in times[other.equipment_id]}
        both = _hours(job, other)
        fitting = [
            window
            for window in windows
            if (window.window_id, window.starts_at) in released and window.hours >= both
        ]
        found[other.order_id] = _best_first(fitting, planned_at, deadline, bound)
    return found


def _hours(job: Job, other: Job) -> float:
    """On one machine one job comes after the other; two machines are worked on at once."""
    if job.equipment_id == other.equipment_id:
        return job.hours + other.hours
    return max(job.hours, other.hours)


def _best_first(
    windows: Sequence[Window], planned_at: datetime | None, deadline: Deadline, bound: float
) -> tuple[Window, ...]:
    """The one the suggestion is planned into; else, of those before the must-start-by date (of all
    where none is), the one that the page would propose."""
    before = [w for w in windows if deadline.at is not None and w.starts_at <= deadline.at]
    kept = before or windows
    offers = [Offer(window.starts_at, window.ends_at, window.risk) for window in kept]
    place = proposed(offers, bound=bound, job=timedelta())
    planned = next((window for window in windows if window.starts_at == planned_at), None)
    best = planned or (None if place is None else kept[place])
    return tuple(sorted(windows, key=lambda window: (window != best, window.starts_at)))
