"""Messages to the outside: written with the deed that caused them, sent later, at least once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.outbox import OutboxMessage

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send; its id lets the receiver drop a second delivery."""

    id: int
    kind: str
    payload: Mapping[str, Any]


def put(session: Session, *, kind: str, payload: Mapping[str, Any], now: datetime) -> int:
    """Leave a message in the transaction of its cause and return its id."""
    row = OutboxMessage(created_at=now, kind=kind, payload=dict(payload))
    session.add(row)
    session.flush()
    return row.id


def claim(session: Session, *, now: datetime, limit: int = 20) -> list[Message]:
    """Messages whose turn it is, oldest first; each is then left alone for its waiting time.

    A sender that dies keeps nothing back: the message comes round again when the wait is over.
    """
    rows = session.scalars(
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.sent_at.is_(None),
            sa.or_(OutboxMessage.next_attempt_at.is_(None), OutboxMessage.next_attempt_at <= now),
        )
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.next_attempt_at = now + _wait(row.attempts)
        row.attempts += 1
    session.flush()
    return [Message(row.id, row.kind, row.payload) for row in rows]


def mark_sent(session: Session, *, message_id: int, now: datetime) -> None:
    """The receiver has it."""
    session.execute(
        sa.update(OutboxMessage).where(OutboxMessage.id == message_id).values(sent_at=now)
    )


def _wait(attempts: int) -> timedelta:
    """1, 2, 4, 8 ... minutes, six hours at most."""
    doubled: int = 2 ** min(attempts, 16)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)
