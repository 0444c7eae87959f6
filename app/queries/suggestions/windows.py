"""The stop windows a suggestion can be done in, each with the risk of a failure before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder
from app.domain.deadlines import Outlook
from app.domain.stop_windows import Offer, proposed
from app.inputs.stop_windows import LONGEST
from app.queries.stop_windows import upcoming

AHEAD = timedelta(days=35)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Window:
    """One time production releases the machine; it fails before with `risk`.

    `part_at` is when the part comes, where that is later.
    """

    window_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    risk: float
    is_proposed: bool
    is_long_enough: bool
    part_at: datetime | None = None

    @property
    def hours(self) -> float:
        """How long it lasts."""
        return (self.ends_at - self.starts_at) / timedelta(hours=1)


def windows(
    session: Session,
    *,
    equipment_id: int,
    outlook: Outlook,
    bound: float,
    job: timedelta,
    part_lead: timedelta,
    now: datetime,
) -> tuple[Window, ...]:
    """The next windows, in order of time; the proposed one is always among them.

    *bound* is the order rule's threshold, *job* what the work takes, *part_lead* until a part is
    there. Of a stop that has begun the rest counts. To look first needs no part, so a stop before
    it comes is proposed all the same, and says so.
    """
    part_at = now + part_lead
    times = upcoming(session, equipment_ids=[equipment_id], since=now - LONGEST, until=now + AHEAD)
    coming = [time for time in times[equipment_id] if time.ends_at > now]
    offers = [
        Offer(
            max(time.starts_at, now),
            time.ends_at,
            outlook.chance_until(time.starts_at, now=now),
        )
        for time in coming
    ]
    chosen = proposed(offers, bound=bound, job=job)
    found = [
        Window(
            time.window_id,
            time.title,
            time.starts_at,
            time.ends_at,
            offer.risk,
            is_proposed=place == chosen,
            is_long_enough=offer.length >= job,
            part_at=part_at if offer.starts_at < part_at else None,
        )
        for place, (time, offer) in enumerate(zip(coming, offers, strict=True))
    ]
    return tuple(
        window for place, window in enumerate(found) if place < SHOWN or window.is_proposed
    )


def windows_of_service(
    session: Session, *, order: WorkOrder, zone: ZoneInfo, now: datetime
) -> tuple[Window, ...]:
    """The next windows for a service that is not begun; the proposed one is the last that begins
    by the day it is due, else the first. Nothing is said of a risk: it is 0."""
    times = upcoming(session, equipment_ids=[order.equipment_id], since=now, until=now + AHEAD)
    coming = times[order.equipment_id]
    job = timedelta(hours=order.estimated_hours or 0)
    days = [time.starts_at.astimezone(zone).date() for time in coming]
    # A window after the due day counts as lost, so that the rule passes it over.
    late = [float(order.due_on is not None and day > order.due_on) for day in days]
    offers = [
        Offer(time.starts_at, time.ends_at, risk) for time, risk in zip(coming, late, strict=True)
    ]
    chosen = proposed(offers, bound=1.0, job=job)
    found = [
        Window(
            time.window_id,
            time.title,
            time.starts_at,
            time.ends_at,
            risk=0.0,
            is_proposed=at == chosen,
            is_long_enough=offers[at].length >= job,
        )
        for at, time in enumerate(coming)
    ]
    return tuple(window for at, window in enumerate(found) if at < SHOWN or window.is_proposed)
