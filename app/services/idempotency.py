"""Keyed requests: a request that is sent again gets the answer it got, and nothing is done twice.

The key's row is written in the deed's own transaction: after a crash either both are there or
neither is. Only answers of deeds that were done are kept; what was refused changed nothing and
may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.users import IdempotencyKey
from app.domain.errors import InvalidInput
from app.services.equipment import upsert

KEPT_FOR = timedelta(hours=48)
# The first two digits of a digest: about one request in 256 sweeps, so that no request pays much.
SWEEPING = "00"
_UNANSWERED = 0


class KeyReused(InvalidInput):
    """The key belongs to another request; nothing was done."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__({"Idempotency-Key": "was used for another request"})


@dataclass(frozen=True, slots=True)
class Keyed:
    """Who asks, under which key, and the digest of all that was asked."""

    principal: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    body: str


def claim(session: Session, *, asked: Keyed, now: datetime) -> Answer | None:
    """The answer given before, or None: then the deed is to be done, and `keep` to be called.

    Of two that come at once one waits here until the other's transaction is over. Raise KeyReused
    when the key came with another request.
    """
    row = {"principal": asked.principal, "key": asked.key, "request_digest": asked.digest}
    fresh = upsert(session, IdempotencyKey).on_conflict_do_nothing()
    made = session.execute(
        fresh.values(**row, status=_UNANSWERED, body="", created_at=now).returning(
            IdempotencyKey.key
        )
    )
    if made.one_or_none() is not None:
        return None
    held = session.scalar(sa.select(IdempotencyKey).where(*_is(asked)))
    if held is None:  # swept away between the two questions
        return claim(session, asked=asked, now=now)
    if held.request_digest != asked.digest:
        raise KeyReused
    return Answer(held.status, held.body)


def keep(session: Session, *, asked: Keyed, answer: Answer, now: datetime) -> None:
    """Keep what is answered, in the transaction of the deed; sweep old keys now and then."""
    session.execute(
        sa.update(IdempotencyKey)
        .where(*_is(asked))
        .values(status=answer.status, body=answer.body, created_at=now)
    )
    if asked.digest.startswith(SWEEPING):
        forget(session, principal=asked.principal, now=now)


def forget(session: Session, *, principal: str, now: datetime) -> None:
    """Delete a principal's keys that are older than anybody retries."""
    session.execute(
        sa.delete(IdempotencyKey).where(
            IdempotencyKey.principal == principal, IdempotencyKey.created_at < now - KEPT_FOR
        )
    )


def _is(asked: Keyed) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return IdempotencyKey.principal == asked.principal, IdempotencyKey.key == asked.key
