"""What watches over the process may ask."""

from __future__ import annotations

import sqlalchemy as sa

from app.db.training import RunState
from tests.doors.conftest import Visit
from tests.plant import Plant


def test_a_new_installation_without_a_night_is_ready(visit: Visit) -> None:
    answer = visit(None).get("/readyz")

    assert answer.status_code == 200
    assert answer.json["status"] == "ok"


def test_a_failed_night_is_not_ready_and_says_why(make: Plant, visit: Visit) -> None:
    make.run(state=RunState.FAILED)

    answer = visit(None).get("/readyz")

    assert answer.status_code == 503
    assert answer.json["last_night"] is False


def test_a_missing_table_is_not_ready(make: Plant, visit: Visit, tmp_path: object) -> None:
    if not make.database.is_sqlite:
        return  # the PostgreSQL database is shared with the other tests
    with make.database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE outbox_message"))

    answer = visit(None).get("/readyz")

    assert answer.status_code == 503
    assert answer.json["schema"] is False
