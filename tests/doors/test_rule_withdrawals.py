"""A planned change of an order rule is taken back: it stays on record and is never in force."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import OrderRuleRow
from app.domain.errors import ForewarnError
from app.domain.roles import EVERYWHERE, Actor
from app.inputs.order_rules import WithdrawRule
from app.queries import fleet, order_rules
from app.queries.invariants import violations
from app.queries.rules_in_force import RuleBook
from app.services import order_rules as deeds
from tests.doors.conftest import Visit
from tests.doors.test_order_rules import RULE, save
from tests.doors.visitor import Visitor
from tests.plant import Plant

DAY = timedelta(days=1)
TODAY = datetime.now(UTC)
LATER = TODAY + 9 * DAY


@pytest.fixture
def address(make: Plant) -> str:
    """The address of the rule of a class with one machine."""
    return f"/order-rules/{make.equipment().equipment_class_id}"


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


def plan(visitor: Visitor, address: str, make: Plant, **changed: str) -> OrderRuleRow:
    """A change from nine days on; an inspection costs four times as much then."""
    typed = {"inspection_cost": "4", "effective_on": str(LATER.date()), **changed}
    assert save(visitor, address, **typed) == 303
    return make.all(OrderRuleRow)[-1]


def withdraw(visitor: Visitor, rule: OrderRuleRow, version: int | None = None, **typed: str) -> int:
    """Send the form; the status code it was answered with."""
    fields = {"reason": "The crew stays as it is.", "version": str(version or rule.id), **typed}
    return visitor.send(f"/order-rules/planned/{rule.id}/withdraw", **fields).status_code


def test_a_withdrawn_change_stays_on_record_with_who_when_and_why(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    planned = plan(visitor, address, make)
    form = f"/order-rules/planned/{planned.id}/withdraw"
    assert form in visitor.text(address)
    assert f'name="version" value="{planned.id}"' in visitor.text(form)

    assert withdraw(visitor, planned) == 303

    row = make.get(OrderRuleRow, planned.id)
    assert row.withdrawn_at is not None
    assert (TODAY - DAY < row.withdrawn_at < row.effective_at, row.withdrawal_reason) == (
        True,
        "The crew stays as it is.",
    )
    text = visitor.text(address)
    assert (">withdrawn<" in text, ">planned<" in text) == (True, False)
    assert "Another rule comes into force on" not in text
    assert "Why: The crew stays as it is." in text
    (done,) = make.all(AuditRow, entity="order_rule", action="withdraw")
    assert (done.by_name, done.entity_id) == ("ann", str(planned.id))


def test_no_reader_ever_takes_it_for_a_rule(
    make: Plant, address: str, ann: Actor, visit: Visit, database: Database
) -> None:
    machine = make.equipment()
    own = f"/order-rules/machines/{machine.id}"
    visitor = visit(ann)
    of_class = plan(visitor, address, make)
    of_machine = plan(visitor, own, make)
    for rule in (of_class, of_machine):
        assert withdraw(visitor, rule) == 303

    when = LATER + 2 * DAY
    class_id = machine.equipment_class_id
    with database.reading() as session:
        book = RuleBook(session, {machine.id: class_id})
        thresholds = {
            "night": book.at(machine.id, when).threshold,
            "class": fleet.order_rule(session, class_id=class_id, at=when).threshold,
            "page": order_rules.class_rule(
                session, scope=EVERYWHERE, class_id=class_id, now=when
            ).rule.threshold,
            "machine": order_rules.machine_rule(
                session, scope=EVERYWHERE, equipment_id=machine.id, now=when
            ).rule.threshold,
        }
        owners = order_rules.machines_with_own_rule(session, class_id=class_id, now=when)
        own_rules = order_rules.own_rules(session, scope=EVERYWHERE, now=when)
        past = order_rules.history(session, class_id=class_id, now=when)
    assert thresholds == pytest.approx(dict.fromkeys(thresholds, 0.0625))
    assert (owners, own_rules) == (frozenset(), [])
    assert [(line.is_in_force, line.withdrawal is None) for line in past] == [
        (False, False),
        (True, True),
    ]
    for page in (own, "/order-rules", f"{own}/edit", f"{address}/edit"):
        assert "Another rule comes into force" not in visitor.text(page)
    assert visitor.get(f"{address}/preview", query_string=RULE).status_code == 200


def test_a_later_plan_is_compared_with_what_holds_not_with_what_was_withdrawn(
    make: Plant, address: str, ann: Actor, visit: Visit, database: Database
) -> None:
    visitor = visit(ann)
    first = plan(visitor, address, make)
    withdraw(visitor, first)
    again = str((LATER + DAY).date())

    assert save(visitor, address, version=first.id + 1, lead_hours="48", effective_on=again) == 303

    with database.reading() as session:
        line, gone, _ = order_rules.history(session, class_id=first.equipment_class_id, now=TODAY)
    assert [change.name for change in line.changes if change.name != "weekly_budget"] == [
        "lead_hours",
        "storm_share",
    ]
    assert (gone.rule.id, gone.is_planned) == (first.id, False)


def test_withdrawing_needs_a_reason(make: Plant, address: str, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    planned = plan(visitor, address, make)

    assert withdraw(visitor, planned, reason=" ") == 422

    assert make.get(OrderRuleRow, planned.id).withdrawn_at is None


def test_what_is_in_force_or_past_says_what_to_do_instead(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    save(visitor, address)
    (current,) = make.all(OrderRuleRow)

    for answer in (
        visitor.get(f"/order-rules/planned/{current.id}/withdraw"),
        visitor.send(
            f"/order-rules/planned/{current.id}/withdraw", reason="No.", version=str(current.id)
        ),
    ):
        assert answer.status_code == 409
        assert "Change the rule instead" in answer.text
    assert make.get(OrderRuleRow, current.id).withdrawn_at is None


def test_what_was_withdrawn_is_not_withdrawn_again(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    planned = plan(visitor, address, make)
    withdraw(visitor, planned)

    assert withdraw(visitor, planned, version=planned.id + 1, reason="Twice.") == 409

    assert make.get(OrderRuleRow, planned.id).withdrawal_reason == "The crew stays as it is."


def test_a_form_that_was_open_is_overtaken_by_a_withdrawal_and_a_withdrawal_by_a_change(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    first = plan(visit(ann), address, make)
    second = plan(
        visit(ann), address, make, version=str(first.id), effective_on=str((LATER + DAY).date())
    )

    # What ann saw before the second was planned is no longer so.
    assert withdraw(visit(ann), first, version=first.id) == 409
    assert withdraw(visit(adam), first, version=second.id) == 303
    # The newest rule is the same as before the withdrawal, yet the form is out of date.
    assert save(visit(ann), address, version=second.id, lead_hours="24") == 409
    assert save(visit(ann), address, version=second.id + 1, lead_hours="24") == 303


def test_of_two_who_withdraw_at_once_one_is_told(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    planned = plan(visit(ann), address, make)
    start = Barrier(2)

    def attempt(who: Actor) -> str:
        start.wait()
        try:
            with make.database.transaction() as session:
                deeds.withdraw(
                    session,
                    rule_id=planned.id,
                    given=WithdrawRule(reason=f"{who.name} says so."),
                    expected_version=planned.id,
                    now=TODAY,
                    by=who,
                )
        except ForewarnError as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(2) as people:
        told = sorted(people.map(attempt, (ann, adam)))

    assert told in (["RuleBroken", "done"], ["Stale", "done"])
    assert len(make.all(AuditRow, entity="order_rule", action="withdraw")) == 1


def test_only_planners_in_sight_of_it_may_withdraw(
    make: Plant, address: str, ann: Actor, tom: Actor, visit: Visit
) -> None:
    planned = plan(visit(ann), address, make)
    stranger = make.user("stan", "planner", site="south")

    assert withdraw(visit(tom), planned) == 403
    assert withdraw(visit(stranger), planned) == 404
    assert "withdraw" not in visit(tom).text(address)
    assert make.get(OrderRuleRow, planned.id).withdrawn_at is None
