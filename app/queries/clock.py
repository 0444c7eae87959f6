"""What time is it at the demo plant?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import PlantClock


def demo_time(session: Session) -> datetime | None:
    """The plant's own time; None when the plant has no clock of its own."""
    clock = session.get(PlantClock, 1)
    return None if clock is None else clock.now_at


def simulation(session: Session) -> dict[str, Any] | None:
    """The state of the demo plant's simulation; None where there is no demo plant."""
    clock = session.get(PlantClock, 1)
    return dict(clock.simulation) if clock is not None and clock.simulation else None
