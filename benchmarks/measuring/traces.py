"""Are the first page's statements true? Each is read again from the rows it names.

A statement counts as traced when every row it names exists, was written by the demo's people or
nights (not by hand), and holds the machine, the component, the risk and the day that are stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Base, Database
from app.domain.roles import EVERYWHERE
from app.queries import record
from app.queries.clock import demo_time
from app.queries.situations import Example, Situation, situations

TOLERANCE = 1e-9
# Kinds whose moment is that of the failure or the finding itself.
MOMENTS = frozenset({Situation.CAUGHT, Situation.MISSED, Situation.IN_VAIN})


@dataclass(frozen=True, slots=True)
class Traced:
    """How many statements there are, how many were traced, and of which kinds."""

    kinds: list[str]
    statements: int
    traced: int


def traced(data: Path) -> Traced:
    """Check the statements of the plant in *data*."""
    database = Database(f"sqlite:///{data / 'forewarn.db'}", pooled=False)
    with database.reading() as session:
        found = examples(session)
        true = [example for example in found if is_true(session, example)]
    database.dispose()
    return Traced([example.kind.value for example in found], len(found), len(true))


def examples(session: Session) -> tuple[Example, ...]:
    """The statements of the plant's first page."""
    now = demo_time(session)
    assert now is not None, "not a demo plant"
    return situations(
        session,
        scope=EVERYWHERE,
        now=now,
        failures=record.failures(session, scope=EVERYWHERE, now=now),
        findings=record.findings(session, scope=EVERYWHERE, now=now),
    )


def is_true(session: Session, example: Example) -> bool:
    """Whether the rows that a statement names say what it says."""
    rows = [_row(session, source.table, source.id) for source in example.sources]
    return bool(rows) and all(row is not None and _agrees(row, example) for row in rows)


def _row(session: Session, table: str, row_id: int) -> Mapping[str, Any] | None:
    asked = sa.select(Base.metadata.tables[table])
    found = session.execute(asked.where(asked.selected_columns.id == row_id)).mappings().first()
    return None if found is None else dict(found)


def _agrees(row: Mapping[str, Any], example: Example) -> bool:
    """Compare every stated fact that this kind of row holds."""
    stated: dict[str, Any] = {"equipment_id": example.equipment_id, "run_id": example.run_id}
    if example.kind in MOMENTS:
        stated["at"] = example.at
    same = all(
        row[name] == value for name, value in stated.items() if name in row and value is not None
    )
    if example.risk is not None and row.get("risk") is not None and "source" not in row:
        same = same and abs(row["risk"] - example.risk) < TOLERANCE
    return same
