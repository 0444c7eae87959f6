"""Which machines and modes a storm holds back, and a planner's last word on each.

A decision belongs to the storm of its class that was waiting when it was made, else to that of the
rest of its site. It is held as long as no later night looked at its machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Equipment
from app.db.predictions import Decision
from app.db.storms import Storm
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.domain.risk import Verdict
from app.domain.storms import StormState

Key = tuple[int, str]
_LOOKED_AT = (MachineStatus.TRAINED, MachineStatus.REUSED)


@dataclass(frozen=True, slots=True)
class WaitingStorm:
    """A storm that waits for a planner's word; without a class it is over the rest of a site."""

    id: int
    site_id: int
    class_id: int | None


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One machine and mode a storm holds, with the run whose forecast asked for the order."""

    storm_id: int
    equipment_id: int
    mode: str
    run_id: int
    decision_id: int

    @property
    def key(self) -> Key:
        """Machine and mode."""
        return self.equipment_id, self.mode


@dataclass(frozen=True, slots=True)
class WordOnStorm:
    """What a planner said of a suggestion that a storm held, and when."""

    state: StormState
    at: datetime
    note: str


def waiting_storms(session: Session) -> tuple[WaitingStorm, ...]:
    """The storms of every site that wait, oldest first."""
    rows = session.execute(
        sa.select(Storm.id, Storm.site_id, Storm.equipment_class_id)
        .where(Storm.state == StormState.WAITING)
        .order_by(Storm.id)
    )
    return tuple(WaitingStorm(*row) for row in rows)


def held_keys(
    session: Session, *, storm_id: int | None = None, but_run_id: int | None = None
) -> tuple[HeldKey, ...]:
    """What the waiting storms (or one of them) hold, by machine and mode.

    *but_run_id*: the run that is just being decided does not count as a later look.
    """
    later = aliased(MachineOutcome)
    is_seen_again = sa.exists().where(
        later.equipment_id == Decision.equipment_id,
        later.run_id > Decision.run_id,
        later.status.in_(_LOOKED_AT),
        sa.true() if but_run_id is None else later.run_id != but_run_id,
    )
    rows = session.execute(
        sa.select(Storm.id, Decision.equipment_id, Decision.mode, Decision.run_id, Decision.id)
        .select_from(Decision)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .join(Storm, belongs())
        .where(
            Storm.state == StormState.WAITING,
            sa.true() if storm_id is None else Storm.id == storm_id,
            ~is_seen_again,
        )
        .order_by(Decision.equipment_id, Decision.mode, Decision.id)
    )
    return tuple(HeldKey(*row) for row in rows)


def words_on_storms(session: Session) -> dict[Key, WordOnStorm]:
    """The newest word on each machine and mode that a decided storm held."""
    rows = session.execute(
        sa.select(Decision.equipment_id, Decision.mode, Storm.state, Storm.decided_at, Storm.note)
        .select_from(Storm)
        .join(Equipment, Equipment.site_id == Storm.site_id)
        .join(Decision, Decision.equipment_id == Equipment.id)
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .where(belongs(), Storm.state != StormState.WAITING, Storm.decided_at.is_not(None))
        .order_by(Storm.decided_at, Storm.id)
    )
    return {
        (equipment_id, mode): WordOnStorm(state, at, note)
        for equipment_id, mode, state, at, note in rows
        if at is not None
    }


def belongs() -> sa.ColumnElement[bool]:
    """Whether a decision was held by a storm; joins Decision, its Equipment and TrainingRun with
    Storm."""
    own = aliased(Storm)
    has_own = sa.exists().where(
        own.site_id == Equipment.site_id,
        own.equipment_class_id == Equipment.equipment_class_id,
        *_covers(own),
    )
    return sa.and_(
        Decision.verdict == Verdict.HELD_STORM,
        Storm.site_id == Equipment.site_id,
        sa.or_(
            Storm.equipment_class_id == Equipment.equipment_class_id,
            sa.and_(Storm.equipment_class_id.is_(None), ~has_own),
        ),
        *_covers(Storm),
    )


def _covers(table: type[Storm]) -> tuple[sa.ColumnElement[bool], ...]:
    """Whether a decision's run lies between a storm's first night and the word on it."""
    return (
        Decision.run_id >= table.run_id,
        sa.or_(table.decided_at.is_(None), TrainingRun.issued_at <= table.decided_at),
    )
