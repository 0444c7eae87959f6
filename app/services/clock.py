"""The demo plant's clock: set once, moved only by *Next night*, which a page may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import PlantClock
from app.db.training import RequestKind
from app.domain.errors import RuleBroken
from app.domain.roles import Actor
from app.queries.next_night import step
from app.services import audit, runs


class UnderWay(RuleBroken):
    """A night is on its way already; nothing was asked for."""


def request_next_night(session: Session, *, now: datetime, wall: datetime, by: Actor) -> int:
    """Write down the wish for one more day and its night; *wall* is the real clock.

    Raise RuleBroken where there is no sample plant, UnderWay while a night is on its way.
    """
    clock = session.get(PlantClock, 1)
    if clock is None or not clock.simulation:
        raise RuleBroken("Only the sample plant has a next night; a real plant's comes by itself.")
    if step(session, wall=wall) is not None:
        raise UnderWay("A night is on its way already.")
    return runs.request_run(session, kind=RequestKind.NEXT_DAY, run_id=None, now=now, by=by)


def set_clock(
    session: Session, *, to: datetime, simulation: Mapping[str, Any], now: datetime, by: Actor
) -> None:
    """Put the plant's clock at *to* with the state of its simulation; it never runs backwards."""
    clock = session.get(PlantClock, 1)
    if clock is None:
        clock = PlantClock(id=1, now_at=to)
        session.add(clock)
    if to < clock.now_at:
        raise RuleBroken(f"The plant's clock stands at {clock.now_at:%Y-%m-%d %H:%M} already.")
    clock.now_at = to
    clock.simulation = dict(simulation)
    session.flush()
    audit.record(
        session,
        entity="plant_clock",
        entity_id=1,
        action="set",
        changes={"now_at": to.isoformat()},
        now=now,
        by=by,
    )
