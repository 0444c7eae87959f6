"""Why an order rule is changed and from when: reasons, days to come, what stands on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.db.equipment import OrderRuleRow
from app.domain.instants import BEGINNING
from app.domain.roles import Actor
from app.queries import fleet
from app.web.words.order_rules import HINTS
from tests.doors.conftest import Visit
from tests.doors.test_order_rules import RULE, save
from tests.plant import Plant


@pytest.fixture
def address(make: Plant) -> str:
    """The address of the rule of a class with one machine."""
    return f"/order-rules/{make.equipment().equipment_class_id}"


def test_a_change_without_a_reason_is_refused_in_its_field(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    answer = visit(ann).send(address, **{**RULE, "lead_hours": "48", "reason": " "}, version="")

    assert answer.status_code == 422
    assert 'id="reason-problem"' in answer.text
    assert make.all(OrderRuleRow) == []


def test_the_reason_stands_in_the_history(address: str, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    save(visitor, address, lead_hours="48", reason="The crew is smaller now.")

    assert "Why: The crew is smaller now." in visitor.text(address)


def test_a_rule_for_later_is_planned_and_not_in_force(
    make: Plant, address: str, ann: Actor, visit: Visit, database: Database
) -> None:
    later = (datetime.now(UTC) + timedelta(days=9)).date()
    visitor = visit(ann)

    assert save(visitor, address, inspection_cost="4", effective_on=str(later)) == 303

    defaults, planned = make.all(OrderRuleRow)
    assert (defaults.effective_at, planned.effective_at.date()) == (BEGINNING, later)
    with database.reading() as session:
        thresholds = [
            fleet.order_rule(session, class_id=planned.equipment_class_id, at=at).threshold
            for at in (planned.effective_at - timedelta(seconds=1), planned.effective_at)
        ]
    assert thresholds == pytest.approx([0.0625, 0.25])
    text = visitor.text(address)
    assert "Another rule comes into force on" in text
    assert "An inspection pays from a risk of 6.3 % on:" in text
    assert text.count(">planned<") == 1


def test_today_means_from_now_on(make: Plant, address: str, ann: Actor, visit: Visit) -> None:
    today = datetime.now(UTC).date()

    assert save(visit(ann), address, effective_on=str(today)) == 303

    age = datetime.now(UTC) - make.all(OrderRuleRow)[0].effective_at
    assert timedelta(0) <= age < timedelta(minutes=5)


@pytest.mark.parametrize("days", [-1, 4 * 365])
def test_neither_the_past_nor_a_far_future_can_be_picked(
    make: Plant, address: str, ann: Actor, visit: Visit, days: int
) -> None:
    wrong = (datetime.now(UTC) + timedelta(days=days)).date()

    answer = visit(ann).send(address, **RULE, version="", effective_on=str(wrong))

    assert answer.status_code == 422
    assert 'id="effective_on-problem"' in answer.text
    assert make.all(OrderRuleRow) == []


def test_a_planned_rule_overtakes_a_form_that_was_open(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    save(visit(ann), address)
    seen = make.all(OrderRuleRow)[0].id
    later = (datetime.now(UTC) + timedelta(days=9)).date()
    save(visit(adam), address, version=seen, lead_hours="48", effective_on=str(later))

    assert save(visit(ann), address, version=seen, lead_hours="24") == 409


def test_life_given_up_raises_the_threshold_and_stands_in_the_formula(
    address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)

    save(visitor, address, life_value="3")

    text = visitor.text(address)
    assert "An inspection pays from a risk of 25 % on:" in text  # (1 + 3) / (0.8 x 20)
    assert "(inspection 1 + life given up 3) /" in text


def test_every_term_says_what_it_does(address: str, ann: Actor, visit: Visit) -> None:
    detail, form = (visit(ann).text(path) for path in (address, f"{address}/edit"))

    for name, hint in HINTS.items():
        assert str(hint) in detail or name == "risk_threshold"
        assert f'id="{name}-says"' in form or name in ("basis", "approve_first")
