"""The sample plant's jobs and stop windows, said once: what a planner changes later stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.places import Site
from app.db.stop_windows import StopWindow
from app.domain.roles import Actor
from app.domain.stop_windows import Repeat
from app.inputs.class_setup import DescribeJob
from app.inputs.stop_windows import PlanStopWindow
from app.queries import registry
from app.services import class_setup, stop_windows
from sample_data.jobs import JOBS, WINDOWS, WindowRow

WEEKDAYS = 7


def describe_jobs(
    session: Session,
    *,
    class_id: int,
    class_code: str,
    components: Collection[str],
    now: datetime,
    by: Actor,
) -> None:
    """Say what a job takes on these components of a class."""
    for row in JOBS:
        if row.class_code == class_code and row.component in components:
            job = DescribeJob(
                component=row.component,
                job_hours=row.hours,
                part_lead_hours=row.part_lead_hours,
                look_first=row.look_first,
                tools=row.tools,
                parts=row.parts,
            )
            class_setup.describe_job(session, class_id=class_id, job=job, now=now, by=by)


def release(
    session: Session,
    *,
    site_id: int,
    machines: Mapping[str, int],
    first_on: date,
    now: datetime,
    by: Actor,
) -> None:
    """Plan the stop windows of a site that has none yet."""
    if session.scalar(sa.select(StopWindow.id).where(StopWindow.site_id == site_id).limit(1)):
        return
    zone = ZoneInfo(session.get_one(Site, site_id).timezone)
    places = registry.locations(session, site_id=site_id)
    for row in WINDOWS:
        if not row.tag or row.tag in machines:
            window = _window(row, site_id, places, machines, first_on, zone)
            stop_windows.plan(session, window=window, now=now, by=by)


def _window(
    row: WindowRow,
    site_id: int,
    places: Mapping[str, int],
    machines: Mapping[str, int],
    first_on: date,
    zone: ZoneInfo,
) -> PlanStopWindow:
    day = first_on + timedelta(days=(row.weekday - first_on.weekday()) % WEEKDAYS)
    start = datetime.combine(day, time(row.hour), tzinfo=zone)
    return PlanStopWindow(
        site_id=site_id,
        location_id=places[row.location] if row.location else None,
        equipment_id=machines[row.tag] if row.tag else None,
        title=row.title,
        starts_at=start,
        ends_at=start + timedelta(hours=row.hours),
        repeat=Repeat.WEEKLY if row.every_weeks else Repeat.MONTHLY,
        every=row.every_weeks or 1,
    )
