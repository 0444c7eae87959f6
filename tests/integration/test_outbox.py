"""Messages are sent at least once, and never sooner than their turn."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.db import Database
from app.services import outbox

MINUTE = timedelta(minutes=1)


def _put(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return outbox.put(session, kind="order_raised", payload={"number": "WO-1"}, now=now)


def _claim(database: Database, now: datetime) -> list[int]:
    with database.transaction() as session:
        return [message.id for message in outbox.claim(session, now=now)]


def test_a_message_is_claimed_once_and_sent_once(database: Database, now: datetime) -> None:
    number = _put(database, now)

    assert _claim(database, now) == [number]
    assert _claim(database, now) == []
    with database.transaction() as session:
        outbox.mark_sent(session, message_id=number, now=now)
    assert _claim(database, now + timedelta(days=1)) == []


def test_a_sender_that_died_is_followed_by_another_try(database: Database, now: datetime) -> None:
    number = _put(database, now)
    tries = [offset for offset in range(16) if number in _claim(database, now + offset * MINUTE)]

    assert tries == [0, 1, 3, 7, 15]


def test_a_cause_that_is_rolled_back_leaves_no_message(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        outbox.put(session, kind="order_raised", payload={}, now=now)
        session.rollback()

    assert _claim(database, now) == []
