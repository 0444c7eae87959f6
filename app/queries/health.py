"""How the installation is doing, in single facts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.training import RunState, TrainingRun


def last_night(session: Session) -> datetime | None:
    """When a run last finished; None when none ever has."""
    return session.scalar(
        sa.select(sa.func.max(TrainingRun.finished_at)).where(
            TrainingRun.state == RunState.FINISHED
        )
    )
