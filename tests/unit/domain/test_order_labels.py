"""What accepted orders become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.order_labels import Becomes, Told, expected
from app.domain.work_orders import Function

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def told(**more: Any) -> Told:
    facts: dict[str, Any] = {
        "work_order_id": 1,
        "equipment_id": 1,
        "at": DAY,
        "text": "replace engine",
        "function": Function.LOST,
        "component_id": 7,
        "component": "Engine",
    }
    return Told(**{**facts, **more})


@pytest.mark.parametrize(
    ("more", "becomes"),
    [
        ({}, Becomes.FAILURE),
        ({"function": Function.DEGRADED}, Becomes.FAULT),
        ({"function": Function.NONE}, Becomes.SERVICE),
        ({"function": Function.NONE, "text": "service engine"}, Becomes.NOTHING),
        ({"component_id": None, "component": ""}, Becomes.UNDECIDED),
        ({"component_id": None, "component": "", "is_whole": True}, Becomes.FAILURE),
        ({"component_id": None, "component": "", "function": Function.NONE}, Becomes.NOTHING),
    ],
)
def test_an_order_becomes_what_its_label_says(more, becomes):
    assert told(**more).becomes is becomes


def test_two_orders_of_one_failure_are_one_and_known_ones_are_not_written_again():
    orders = [
        told(work_order_id=1),
        told(work_order_id=2),
        told(work_order_id=3, component_id=8),
        told(work_order_id=4, component_id=9, function=Function.DEGRADED),
        told(work_order_id=5, component_id=None, component=""),
    ]

    writes = expected(orders, failed={(1, DAY, 8)}, served=())

    assert (writes.failures, writes.faults, writes.undecided) == (1, 1, 1)
    assert (writes.orders, writes.accepted) == (5, 4)


def test_the_failure_mode_is_read_from_the_text_and_the_description():
    assert told(text="engine trouble", facts="Failure mode: Noise").mode == "NOI"
