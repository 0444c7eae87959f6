"""The audit log: one chain, whoever writes, and every break is found."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.audit import AuditRow
from app.domain.roles import system
from app.queries.invariants import violations
from app.services import audit
from tests.plant import Plant


def _record(database: Database, now: datetime, number: int) -> None:
    with database.transaction() as session:
        audit.record(
            session,
            entity="thing",
            entity_id=number,
            action="change",
            changes={"größe": [None, 1.5], "n": number},
            now=now,
            by=system("test"),
        )


def _troubles(database: Database) -> list[str]:
    with database.reading() as session:
        return [violation.what for violation in violations(session)]


def test_rows_form_a_chain(database: Database, make: Plant, now: datetime) -> None:
    for number in range(3):
        _record(database, now, number)

    rows = make.all(AuditRow)
    assert [row.previous for row in rows[1:]] == [row.seal for row in rows[:-1]]
    assert _troubles(database) == []


def test_a_changed_row_is_named(database: Database, make: Plant, now: datetime) -> None:
    for number in range(3):
        _record(database, now, number)
    with database.transaction() as session:
        session.execute(sa.update(AuditRow).where(AuditRow.id == 2).values(by_name="somebody"))

    assert _troubles(database) == ["audit row 2 was changed after it was written"]


def test_a_removed_row_is_noticed(database: Database, now: datetime) -> None:
    for number in range(3):
        _record(database, now, number)
    with database.transaction() as session:
        session.execute(sa.delete(AuditRow).where(AuditRow.id == 2))

    assert _troubles(database) == ["audit row 3 does not follow the row before it"]


def test_writers_at_the_same_time_do_not_fork_the_chain(
    database: Database, make: Plant, now: datetime
) -> None:
    gate = Barrier(4)

    def write(number: int) -> None:
        gate.wait()
        for turn in range(5):
            _record(database, now, 10 * number + turn)

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(make.all(AuditRow)) == 20
    assert _troubles(database) == []


def test_what_fails_leaves_no_audit_row(database: Database, make: Plant, now: datetime) -> None:
    def failing_deed() -> None:
        _record(database, now, 1)
        with database.transaction() as session:
            audit.record(
                session,
                entity="thing",
                entity_id=2,
                action="change",
                changes={},
                now=now,
                by=system("test"),
            )
            raise RuntimeError("the deed fails")

    with pytest.raises(RuntimeError):
        failing_deed()

    assert [row.entity_id for row in make.all(AuditRow)] == ["1"]
