"""The plant's clock in the demo, and what of its simulation is kept with it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.cli.demo.people import BY
from app.domain.errors import RuleBroken
from app.domain.nights import BEGINS
from app.queries.clock import simulation
from app.services import clock
from sample_data import Plant
from sample_data.catalogue import SITE
from sample_data.snapshot import load, save

# The night takes its time; people come to work some hours after it.
NIGHT_TAKES = timedelta(minutes=5)
WORK_BEGINS = timedelta(hours=6)


def night_of(midnight: datetime) -> datetime:
    """When the night after *midnight* (UTC) is issued, by the site's clock."""
    zone = ZoneInfo(SITE.timezone)
    return (
        datetime.combine(midnight.date(), time(), zone)
        .replace(hour=BEGINS.hour, minute=BEGINS.minute)
        .astimezone(midnight.tzinfo)
        + NIGHT_TAKES
    )


def put(session: Session, plant: Plant, at: datetime) -> None:
    """Set the clock, with the state of the plant."""
    clock.set_clock(session, to=at, simulation=save(plant), now=at, by=BY)


def fetch(session: Session) -> Plant:
    """The plant as it was put away; RuleBroken where there is none."""
    state = simulation(session)
    if state is None:
        raise RuleBroken("There is no demo plant here; run `forewarn demo` first.")
    return load(state)
