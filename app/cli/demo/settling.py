"""An empty database filled: the plant's machines, their history, the people."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.cli.demo import clockwork
from app.cli.demo.people import BY, create_people, print_accounts
from app.cli.demo.stopwatch import Stopwatch
from app.cli.imports.sample_plant import import_plant
from app.config import Settings
from app.db import Database
from app.db.equipment import Equipment
from app.domain.errors import RuleBroken
from sample_data.generate import begin, collect


def settle(
    settings: Settings,
    database: Database,
    *,
    machines: int,
    days: int,
    seed: int,
    weeks: int,
    until: datetime,
    watch: Stopwatch,
) -> None:
    """Fill an empty database with *days* of history, but for the last *weeks*.

    These are for people to live through. Raise RuleBroken when there are machines already.
    """
    with database.reading() as session:
        if session.scalar(sa.select(Equipment.id).limit(1)) is not None:
            raise RuleBroken("This database already has machines; the demo needs an empty one.")
    plant = begin(seed=seed, machines=machines, days=days, end=until)
    history = collect(plant, plant.advance(days - 7 * weeks))
    watch.tell(f"simulated {days - 7 * weeks} days of {machines} machines")
    with database.transaction() as session:
        counts = import_plant(session, history, now=plant.now, by=BY)
        passwords = create_people(session, now=plant.now)
        clockwork.put(session, plant, plant.now)
    watch.tell(f"imported the history, {counts['readings'].accepted:,} readings")
    print_accounts(settings, passwords)


def most_weeks(days: int) -> int:
    """How many weeks can be lived through and still leave a history to learn from."""
    return max(0, (timedelta(days=days) // 2).days // 7)
