"""Can this installation do its work?"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Base
from app.db.training import RunKind, RunState, TrainingRun


@dataclass(frozen=True, slots=True)
class Readiness:
    """What must be well; no night yet counts as well."""

    database: bool
    schema: bool
    last_night: bool

    @property
    def is_ready(self) -> bool:
        """Whether everything is."""
        return self.database and self.schema and self.last_night


def readiness(session: Session) -> Readiness:
    """Whether the database answers with all its tables, and the last night did not fail."""
    present = set(sa.inspect(session.connection()).get_table_names())
    if not present >= set(Base.metadata.tables):
        return Readiness(database=True, schema=False, last_night=False)
    state = session.scalar(
        sa.select(TrainingRun.state)
        .where(TrainingRun.kind == RunKind.NIGHTLY, TrainingRun.state != RunState.RUNNING)
        .order_by(TrainingRun.id.desc())
        .limit(1)
    )
    return Readiness(database=True, schema=True, last_night=state is not RunState.FAILED)
