"""The audit log is written here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.domain import sealing
from app.domain.roles import Actor

# Any constant will do, as long as every writer of the chain takes the same lock.
_CHAIN_LOCK = 0x464F5245


def record(
    session: Session,
    *,
    entity: str,
    entity_id: int | str,
    action: str,
    changes: Mapping[str, Any],
    now: datetime,
    by: Actor,
) -> None:
    """Append one sealed row; *changes* is JSON-able ({field: [old, new]} or plain facts)."""
    record_all(
        session, entity=entity, action=action, changes=[(entity_id, changes)], now=now, by=by
    )


def record_all(
    session: Session,
    *,
    entity: str,
    action: str,
    changes: Iterable[tuple[int | str, Mapping[str, Any]]],
    now: datetime,
    by: Actor,
) -> None:
    """Append one sealed row for each (entity_id, changes), in this order and in one flush."""
    _hold_the_chain(session)
    previous = session.scalar(sa.select(AuditRow.seal).order_by(AuditRow.id.desc()).limit(1))
    for entity_id, changed in changes:
        row = AuditRow(
            at=now.astimezone(UTC),
            by_id=by.id,
            by_name=by.name,
            action=action,
            entity=entity,
            entity_id=str(entity_id),
            changes=dict(changed),
            previous=previous or sealing.GENESIS,
        )
        row.seal = previous = seal(row)
        session.add(row)
    session.flush()


def seal(row: AuditRow) -> str:
    """SHA-256 over the row's content and the seal before it."""
    return sealing.seal(
        previous=row.previous,
        at=row.at,
        by_id=row.by_id,
        by_name=row.by_name,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        changes=row.changes,
    )


def _hold_the_chain(session: Session) -> None:
    """One writer at a time; SQLite's write lock already says so."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
