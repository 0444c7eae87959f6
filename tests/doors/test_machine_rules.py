"""A machine with an order rule of its own: given, kept on record, and given up again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.db.equipment import Equipment, OrderRuleRow
from app.domain.roles import Actor
from app.queries.rules_in_force import RuleBook
from tests.doors.conftest import Visit
from tests.doors.test_order_rules import RULE
from tests.plant import Plant


@pytest.fixture
def pump(make: Plant) -> Equipment:
    """A machine of a class without a rule of its own."""
    return make.equipment()


@pytest.fixture
def address(pump: Equipment) -> str:
    """Its rule's address."""
    return f"/order-rules/machines/{pump.id}"


def test_a_machine_begins_with_the_rule_of_its_class(
    address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)

    assert "Follows its class" in visitor.text(address)
    assert 'name="inspection_cost" value="1"' in visitor.text(f"{address}/edit")


def test_an_own_rule_holds_for_that_machine_alone(
    make: Plant, pump: Equipment, address: str, ann: Actor, visit: Visit, database: Database
) -> None:
    other = make.equipment("P-102")
    visitor = visit(ann)

    assert visitor.send(address, **{**RULE, "inspection_cost": "4"}, version="").status_code == 303

    at = make.all(OrderRuleRow)[0].effective_at
    with database.reading() as session:
        book = RuleBook(session, {m.id: m.equipment_class_id for m in (pump, other)})
    thresholds = [book.at(machine.id, at).threshold for machine in (pump, other)]
    assert thresholds == pytest.approx([0.25, 0.0625])  # 4 / (0.8 x 20), 1 / (0.8 x 20)
    for page in (address, "/order-rules", f"/order-rules/{pump.equipment_class_id}"):
        assert "P-101" in visitor.text(page)
        assert "Agreed with the crew." in visitor.text(page)


def test_back_to_the_class_keeps_both_on_record(
    make: Plant, pump: Equipment, address: str, ann: Actor, visit: Visit, database: Database
) -> None:
    visitor = visit(ann)
    visitor.send(address, **{**RULE, "inspection_cost": "4"}, version="")
    own = make.all(OrderRuleRow)[0].id

    sent = visitor.send(f"{address}/follow-class", reason="As good as the others.", version=own)

    assert sent.status_code == 303
    ends = make.all(OrderRuleRow)[-1]
    with database.reading() as session:
        book = RuleBook(session, {pump.id: pump.equipment_class_id})
    assert book.at(pump.id, ends.effective_at).threshold == pytest.approx(0.0625)
    text = visitor.text(address)
    assert "Follows its class" in text
    for said in ("Back to the rule of the class", "As good as the others.", "Agreed with the crew"):
        assert said in text
    assert "P-101" not in visitor.text("/order-rules")


def test_giving_the_own_rule_up_needs_a_reason(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    visitor.send(address, **RULE, version="")
    own = make.all(OrderRuleRow)[0].id

    assert visitor.send(f"{address}/follow-class", reason=" ", version=own).status_code == 422
    assert len(make.all(OrderRuleRow)) == 1


def test_a_machine_that_follows_its_class_has_nothing_to_give_up(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    sent = visit(ann).send(f"{address}/follow-class", reason="Why not.", version="")

    assert sent.status_code == 409
    assert make.all(OrderRuleRow) == []


def test_the_first_own_rule_needs_a_reason_even_when_it_is_the_classs(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    answer = visit(ann).send(address, **{**RULE, "reason": ""}, version="")

    assert answer.status_code == 422
    assert 'id="reason-problem"' in answer.text
    assert make.all(OrderRuleRow) == []


def test_a_form_that_was_overtaken_changes_nothing(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    visit(adam).send(address, **RULE, version="")

    for path, fields in ((address, RULE), (f"{address}/follow-class", {"reason": "Why not."})):
        answer = visit(ann).send(path, **fields, version="")
        assert answer.status_code == 409
        assert "was changed in the meantime" in answer.text
    assert len(make.all(OrderRuleRow)) == 1


def test_a_rule_of_its_own_can_begin_later(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    later = (datetime.now(UTC) + timedelta(days=9)).date()
    visitor = visit(ann)

    visitor.send(address, **{**RULE, "lead_hours": "24"}, version="", effective_on=str(later))

    text = visitor.text(address)
    assert "Follows its class" in text
    assert "Another rule comes into force on" in text
    assert make.all(OrderRuleRow)[0].effective_at.date() == later


def test_another_sites_machine_looks_like_a_missing_one(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    foreign = f"/order-rules/machines/{make.equipment('S-1', site='south').id}"
    visitor = visit(ann)

    for path in (foreign, f"{foreign}/edit", f"{foreign}/preview"):
        assert visitor.get(path).status_code == 404
    assert visitor.send(foreign, **RULE, version="").status_code == 404
    assert make.all(OrderRuleRow) == []


def test_only_those_who_plan_are_offered_a_rule_of_its_own(
    address: str, ann: Actor, tom: Actor, visit: Visit
) -> None:
    assert f"{address}/edit" in visit(ann).text(address)
    assert f"{address}/edit" not in visit(tom).text(address)
    assert visit(tom).send(address, **RULE, version="").status_code == 403
