"""A file in the wrong unit comes in through the import, and the night after it is stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from app.db import Database
from app.db.places import Site
from app.db.storms import Storm
from app.db.work_orders import WorkOrder
from app.domain.roles import system
from app.services.imports import taking_in, uploads
from tests.small_plants import AS_OF, PUMPS, STEP_HOURS, WEARING, night, pumps_after_a_night

DAYS = 3
NEXT = AS_OF + timedelta(days=DAYS)
MORNING = NEXT + timedelta(hours=4)
BY = system("test")


def in_fahrenheit() -> str:
    """Three quiet days of the six pumps, 50 degC written as 122."""
    lines = ["equipment,sensor,at,value"]
    for step in range(1, DAYS * 24 // STEP_HOURS + 1):
        at = AS_OF + timedelta(hours=step * STEP_HOURS)
        for tag in PUMPS:
            lines.append(f"{tag},vibration,{at.isoformat()},2.0")
            lines.append(f"{tag},temperature,{at.isoformat()},122")
    return "\n".join(lines)


def take_in(database: Database, name: str, text: str, now: datetime) -> None:
    with database.transaction() as session:
        number = uploads.receive(
            session,
            kind="readings",
            name=name,
            content=text.encode(),
            site_id=session.scalars(sa.select(Site.id)).one(),
            now=now,
            by=BY,
        )
    taking_in.check(database, import_id=number, now=now, by=BY)
    taking_in.take_in(database, import_id=number, now=now, by=BY)


def test_a_file_in_the_wrong_unit_raises_no_order_and_is_named(tmp_path: Path) -> None:
    after, _ = pumps_after_a_night(tmp_path)
    with after.database.reading() as session:
        before = session.scalars(sa.select(WorkOrder.id)).all()
    take_in(after.database, "march.csv", in_fahrenheit(), now=NEXT - timedelta(hours=1))

    report = night(after.database, now=MORNING, as_of=NEXT, is_refit=False)

    with after.database.reading() as session:
        (storm,) = session.scalars(sa.select(Storm)).all()
        assert session.scalars(sa.select(WorkOrder.id)).all() == before
    assert report.orders_raised == ()
    assert report.orders_held_by_storm == storm.wanted == len(set(PUMPS) - {WEARING})
    assert storm.cause == (
        "Temperature is above its normal on 5 of 5 machines since new readings came with the"
        " import of 05 Mar 2026 01:00 UTC (march.csv)."
    )
    assert after.violations() == []
