"""How every row of master data is found, written and audited: sites, classes, machines, sensors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Base
from app.domain.errors import NotFound, RuleBroken
from app.domain.roles import Actor
from app.services import audit

Row = TypeVar("Row", bound=Base)


class AlreadyThere(RuleBroken):
    """Something of this kind has that code already."""

    code = "already_there"


def find(session: Session, kind: type[Row], row_id: int | None) -> Row:
    """The row of that id; raise NotFound."""
    found = None if row_id is None else session.get(kind, row_id)
    if found is None:
        raise NotFound(f"There is no {words(kind)} {row_id}.")
    return found


def write(session: Session, row: Row, *, key: Mapping[str, Any], now: datetime, by: Actor) -> Row:
    """Add *row* with its audit line; raise AlreadyThere when its natural *key* is taken."""
    kind = type(row)
    if session.scalar(sa.select(sa.exists().where(*_matching(kind, key)))):
        named = ", ".join(str(value) for name, value in key.items() if not name.endswith("_id"))
        raise AlreadyThere(f"There is already a {words(kind)} {named}.")
    session.add(row)
    session.flush()
    audit.record(
        session,
        entity=kind.__tablename__,
        entity_id=row_id(row),
        action="create",
        changes={name: str(value) for name, value in key.items()},
        now=now,
        by=by,
    )
    return row


def row_id(row: Base) -> int:
    """The id of a row that was flushed."""
    identity = sa.inspect(row).identity
    assert identity is not None
    return int(identity[0])


def words(kind: type[Base]) -> str:
    """A table's name as words for a sentence."""
    return str(kind.__tablename__).replace("_", " ")


def _matching(kind: type[Base], key: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [getattr(kind, name) == value for name, value in key.items()]
