"""The demo plant's clock: set once, moved only by *Next night*."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import PlantClock
from app.domain.errors import RuleBroken
from app.domain.roles import Actor
from app.services import audit


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
