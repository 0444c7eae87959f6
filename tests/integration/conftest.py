"""A file on its way in, as tests send it: received, looked at, explained, taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.db import Database
from app.domain.roles import Actor
from app.inputs.imports import ImportOptions, MapFile
from app.services.imports import taking_in, uploads
from app.services.imports.preview import Preview, preview

Send = Callable[..., int]


@pytest.fixture
def send(database: Database, make, ann, now) -> Send:
    """Receive a file as ann does through the page."""

    def received(kind: str, text: str | bytes, name: str = "", by: Actor | None = None) -> int:
        content = text.encode() if isinstance(text, str) else text
        with database.transaction() as session:
            return uploads.receive(
                session,
                kind=kind,
                name=name or f"{kind}.csv",
                content=content,
                site_id=make.site().id,
                now=now,
                by=by or ann,
            )

    return received


@pytest.fixture
def look(database: Database, ann, now) -> Callable[[int], Preview]:
    """The preview of a file."""
    return lambda number: preview(
        database, taking_in.given_by(database, number, by=ann), now=now, by=ann
    )


@pytest.fixture
def take(database: Database, ann, now) -> Callable[[int], Any]:
    """Check and import a file."""

    def taken(number: int) -> Any:
        checked = taking_in.check(database, import_id=number, now=now, by=ann)
        told = taking_in.take_in(database, import_id=number, now=now, by=ann)
        assert checked == told
        return told

    return taken


@pytest.fixture
def explain(database: Database, ann, now) -> Callable[..., None]:
    """Change the mapping or the options of a file."""

    def explained(number: int, mapping: dict[str, str] | None = None, **options: Any) -> None:
        given = taking_in.given_by(database, number, by=ann)
        said = MapFile(
            mapping={**given.mapping, **(mapping or {})},
            options=ImportOptions.parse({**given.options.model_dump(), **options}),
        )
        with database.transaction() as session:
            uploads.explain(session, import_id=number, given=said, now=now, by=ann)

    return explained
