"""When a class raises predicted orders: seen by everybody, set by planners, kept on record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.db.equipment import OrderRuleRow
from app.db.predictions import Artifact, ClassGate, ClassVersion
from app.domain.errors import Stale
from app.domain.risk import Basis, Gate
from app.domain.roles import Actor
from app.inputs.equipment import SetOrderRule
from app.inputs.order_rules import ChangeOrderRule
from app.queries import fleet
from app.queries.order_rules import order_rules
from app.services import classes
from app.services import order_rules as deeds
from app.web.words.order_rules import share, span
from tests.doors.conftest import Visit
from tests.doors.visitor import Visitor
from tests.plant import Plant

TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
RULE = {
    "basis": "costs",
    "risk_threshold": "0.5",
    "inspection_cost": "1",
    "planned_cost": "5",
    "unplanned_cost": "25",
    "detection_share": "0.8",
    "life_value": "0",
    "horizon_hours": "336",
    "lead_hours": "72",
    "review_hours": "24",
    "cooldown_hours": "168",
    "weekly_budget": "3",
    "storm_share": "0.3",
    "approve_first": "true",
    "reason": "Agreed with the crew.",
}


@pytest.fixture
def address(make: Plant) -> str:
    """The address of the rule of a class with one machine."""
    return f"/order-rules/{make.equipment().equipment_class_id}"


def save(visitor: Visitor, address: str, version: int | str = "", **changed: str) -> int:
    """Send the form; the status code it was answered with."""
    form = {**RULE, **changed, "version": version}
    return visitor.send(address, **form).status_code


def test_the_threshold_is_shown_with_the_formula_it_comes_from(
    address: str, eve: Actor, visit: Visit
) -> None:
    text = visit(eve).text(address)

    assert "An inspection pays from a risk of 6.3 % on:" in text
    assert f"inspection 1 / (share found 0.8 {TIMES} (unplanned 25 {MINUS} planned 5))" in text
    assert "unproven keeps approve-first, whatever is set here" in text


def test_the_list_gives_each_class_with_its_machines_and_rule(
    make: Plant, eve: Actor, visit: Visit
) -> None:
    make.equipment("P-101")
    make.equipment("P-102")

    text = visit(eve).text("/order-rules")

    for said in ("Pump", "2 machines", "risk 6.3 %", "3 days + 24 h", "7 days", "Approve first"):
        assert said in text


def test_a_planner_switches_a_class_to_automatic_from_now_on(
    make: Plant, address: str, ann: Actor, visit: Visit, database: Database, now: datetime
) -> None:
    assert save(visit(ann), address, approve_first="false", inspection_cost="2") == 303

    row = make.all(OrderRuleRow)[0]
    assert (row.approve_first, row.inspection_cost, row.equipment_id) == (False, 2.0, None)
    with database.reading() as session:
        at_night = fleet.order_rule(session, class_id=row.equipment_class_id, at=row.effective_at)
    assert at_night.threshold == pytest.approx(0.125)  # 2 / (0.8 x 20)


def test_the_form_shows_the_rule_in_force_and_offers_it_again(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    save(visitor, address, unplanned_cost="12345678.5", weekly_budget="")

    text = visitor.text(f"{address}/edit")

    assert 'name="unplanned_cost" value="12345678.5"' in text
    assert 'name="weekly_budget" value=""' in text
    assert f'name="version" value="{make.all(OrderRuleRow)[0].id}"' in text


def test_no_budget_is_a_choice_and_not_the_default(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)

    save(visitor, address, weekly_budget="")

    assert make.all(OrderRuleRow)[0].weekly_budget is None
    assert "no limit" in visitor.text(address)


def test_a_form_that_was_overtaken_is_refused_and_changes_nothing(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    assert save(visit(adam), address, lead_hours="48") == 303

    answer = visit(ann).send(address, **{**RULE, "lead_hours": "24"}, version="")

    assert answer.status_code == 409
    assert "was changed in the meantime" in answer.text
    assert [row.lead_hours for row in make.all(OrderRuleRow)] == [48]


def test_of_two_who_save_at_once_one_is_refused(
    make: Plant, adam: Actor, database: Database, now: datetime
) -> None:
    class_id = make.equipment().equipment_class_id
    both = Barrier(2, timeout=10)

    def change(cost: float) -> str:
        rule = ChangeOrderRule(
            equipment_class_id=class_id, inspection_cost=cost, weekly_budget=None, reason="Dear."
        )
        both.wait()
        try:
            with database.transaction() as session:
                deeds.change(session, rule=rule, expected_version=None, now=now, by=adam)
        except Stale:
            return "refused"
        return "saved"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(change, (2.0, 3.0)))

    assert answers == ["refused", "saved"]
    assert len(make.all(OrderRuleRow)) == 1


def test_older_rules_stay_on_record_with_who_changed_what(
    make: Plant, address: str, ann: Actor, adam: Actor, visit: Visit
) -> None:
    save(visit(adam), address)
    first = make.all(OrderRuleRow)[0].id
    save(visit(ann), address, version=first, lead_hours="48", approve_first="false")

    history = visit(ann).text(address).partition("Rules so far")[2]

    assert history.index("ann") < history.index("adam")
    assert "Lead: 3 days, now 2 days" in history
    assert "New orders: Approve first, now Automatic" in history
    assert "The first rule: orders from a risk of 6.3 %" in history
    assert history.count("in force") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lead_hours", ""),
        ("unplanned_cost", "-1"),
        ("detection_share", "0"),
        ("detection_share", "1.1"),
        ("risk_threshold", "nan"),
        ("weekly_budget", "99999999999999999999"),
        ("approve_first", "perhaps"),
        ("basis", "mood"),
    ],
)
def test_what_cannot_be_used_is_refused_in_its_field(
    make: Plant, address: str, ann: Actor, visit: Visit, field: str, value: str
) -> None:
    answer = visit(ann).send(address, **{**RULE, field: value}, version="")

    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text or field == "approve_first"
    assert make.all(OrderRuleRow) == []


def test_the_page_sets_no_rule_for_a_single_machine(
    make: Plant, address: str, ann: Actor, visit: Visit
) -> None:
    foreign = make.equipment("S-1", site="south", class_code="fan")

    assert save(visit(ann), address, equipment_id=str(foreign.id)) == 422
    assert make.all(OrderRuleRow) == []


def test_costs_that_never_pay_are_said_so(address: str, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    save(visitor, address, unplanned_cost="5")

    assert "With these figures an inspection never pays" in visitor.text(address)
    assert "never" in visitor.text("/order-rules")


def test_a_plain_threshold_is_taken_as_it_was_set(address: str, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    save(visitor, address, basis=Basis.THRESHOLD.value, risk_threshold="0.3")

    assert "An order from a risk of 30 % on, set as a plain threshold." in visitor.text(address)


def test_a_class_without_machines_in_sight_looks_like_a_missing_one(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    south = make.equipment("S-1", site="south", class_code="fan").equipment_class_id
    visitor = visit(ann)

    for path in (f"/order-rules/{south}", f"/order-rules/{south}/edit", "/order-rules/99999"):
        assert visitor.get(path).status_code == 404
    assert save(visitor, f"/order-rules/{south}") == 404
    assert "Fan" not in visitor.text("/order-rules")


def test_only_those_who_plan_are_offered_the_form(
    address: str, ann: Actor, tom: Actor, visit: Visit
) -> None:
    assert f"{address}/edit" in visit(ann).text(address)
    assert f"{address}/edit" not in visit(tom).text(address)
    assert save(visit(tom), address) == 403


def test_the_settings_of_the_class_stand_beside_its_rule(make: Plant, visit: Visit) -> None:
    make.site(timezone="Europe/Berlin")
    machine = make.equipment()
    make.sensor(machine)

    text = visit(make.user("eve", "viewer")).text(f"/order-rules/{machine.equipment_class_id}")

    for said in ("02:00", "Europe/Berlin", "1 h, 3 h, 7 h", "24 h, 7 days, 14 days", "Vibration"):
        assert said in text


def test_each_component_stands_with_the_sentence_of_its_gate(
    make: Plant, eve: Actor, visit: Visit
) -> None:
    class_id = make.equipment().equipment_class_id
    _judge(make, class_id, mode="seal", reason="Beats the age rule on 12 failures.")

    text = visit(eve).text(f"/order-rules/{class_id}")

    assert "Beats the age rule on 12 failures." in text
    assert text.count("Not judged yet") == 1  # the bearing


def test_the_page_and_the_night_agree_on_the_rule_in_force(
    make: Plant, adam: Actor, database: Database, now: datetime
) -> None:
    class_id = make.equipment().equipment_class_id
    with database.transaction() as session:
        for cost in (1.0, 2.0, 3.0):  # three within one instant: the last one counts
            rule = SetOrderRule(equipment_class_id=class_id, inspection_cost=cost)
            classes.set_order_rule(session, rule=rule, now=now, by=adam)

    with database.reading() as session:
        shown = order_rules(session, scope=adam.scope, now=now)[0].rule
        used = fleet.order_rule(session, class_id=class_id, at=now)

    assert shown.threshold == used.threshold == pytest.approx(0.1875)  # 3 / (0.8 x 20)


def test_the_defaults_of_the_page_are_those_of_the_night(
    make: Plant, adam: Actor, database: Database, now: datetime
) -> None:
    class_id = make.equipment().equipment_class_id

    with database.reading() as session:
        shown = order_rules(session, scope=adam.scope, now=now)[0].rule
        used = fleet.order_rule(session, class_id=class_id, at=now)

    hours = [round(t.total_seconds() / 3600) for t in (used.lead, used.review, used.horizon)]
    assert shown.id is None
    assert [shown.lead_hours, shown.review_hours, shown.horizon_hours] == hours
    assert (shown.threshold, shown.weekly_budget) == (used.threshold, used.weekly_budget)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0625, "6.3 %"), (0.07, "7 %"), (0.5, "50 %"), (0.0001, "below 0.1 %"), (0.0, "0 %")],
)
def test_a_threshold_is_said_with_one_decimal(app: Flask, value: float, said: str) -> None:
    with app.test_request_context():
        assert share(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(24, "24 h"), (60, "60 h"), (72, "3 days"), (1 / 6, "10 min"), (0, "0 h")]
)
def test_a_length_of_time_is_never_rounded(app: Flask, value: float, said: str) -> None:
    with app.test_request_context():
        assert span(value) == said


def _judge(make: Plant, class_id: int, **gate: Any) -> None:
    """A night judged a mode of the class."""
    run = make.run()
    with make.database.transaction() as session:
        session.add(Artifact(digest="0" * 64, size=1, content=b"x"))
        version = ClassVersion(
            run_id=run.id,
            equipment_class_id=class_id,
            as_of=run.as_of,
            created_at=run.as_of,
            artifact_digest="0" * 64,
            metrics={},
        )
        session.add(version)
        session.flush()
        session.add(ClassGate(class_version_id=version.id, gate=Gate.OPEN, events=12, **gate))
