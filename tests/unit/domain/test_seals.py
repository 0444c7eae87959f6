"""A seal covers everything an audit row says."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from app.domain.sealing import GENESIS, seal

ROW = {
    "previous": GENESIS,
    "at": datetime(2026, 3, 2, 8, tzinfo=UTC),
    "by_id": 1,
    "by_name": "ann",
    "action": "close",
    "entity": "work_order",
    "entity_id": "7",
    "changes": {"state": ["completed", "closed"]},
}


def test_a_seal_is_the_hash_of_the_row_as_compact_json() -> None:
    text = (
        f'["{GENESIS}","2026-03-02T08:00:00+00:00",1,"ann","close","work_order","7",'
        '{"state":["completed","closed"]}]'
    )

    assert seal(**ROW) == hashlib.sha256(text.encode()).hexdigest()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(ROW))
def test_any_change_breaks_the_seal(name: str) -> None:
    other = {
        "previous": "1" * 64,
        "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "by_id": 2,
        "changes": {},
    }.get(name, "x")

    assert seal(**{**ROW, name: other}) != seal(**ROW)  # type: ignore[arg-type]
