"""Paging by key: a page knows the key of its last row, and the next page starts after it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from app.domain.errors import InvalidInput

Row = TypeVar("Row")
Key = tuple[str | int | float, ...]
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order; `after` opens the next page and is None on the last one."""

    rows: tuple[Row, ...]
    after: str | None


def page(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Key]) -> Page[Row]:
    """Cut *rows*, of which one more than *limit* was asked for, to a page."""
    kept = tuple(rows[:limit])
    more = len(rows) > limit
    return Page(kept, write_key(key(kept[-1])) if more else None)


def write_key(key: Key) -> str:
    """A key as one word for an address."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read_key(text: str | None, *kinds: type) -> Key | None:
    """The key in *text*, or None when there is none; raise InvalidInput when it is not one."""
    if not text:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidInput({"after": "is not the key of a page"}) from None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise InvalidInput({"after": "is not the key of a page"})
    return tuple(key)


def later(columns: Sequence[Any], key: Key) -> sa.ColumnElement[bool]:
    """Rows behind *key* in ascending order of *columns*; works on both databases."""
    return sa.tuple_(*columns) > sa.tuple_(*(sa.literal(part) for part in key))
