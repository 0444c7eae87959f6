"""Who may open what: every address of the site has a row here."""

from __future__ import annotations

import pytest
from flask import Flask

from app.config import Settings
from app.db import Database
from app.domain.roles import CAPABILITIES, Capability, Role
from app.endpoints import UndeclaredEndpoint, check_every_endpoint, rule_of
from app.web.access import PUBLIC
from tests.doors.conftest import Visit
from tests.plant import Plant

VIEW, WORK, PLAN, ADMINISTER = "view", "work", "plan", "administer"

MATRIX = {
    "static": PUBLIC,
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "auth.login": PUBLIC,
    "auth.log_in": PUBLIC,
    "auth.log_out": VIEW,
    "auth.home": VIEW,
    "auth.account": VIEW,
    "auth.change_password": VIEW,
    "dashboard.index": VIEW,
    "equipment.index": VIEW,
    "equipment.detail": VIEW,
    "equipment.series": VIEW,
    "equipment.risk": VIEW,
    "first_run.index": PLAN,
    "first_run.add_site": ADMINISTER,
    "first_run.class_list": PLAN,
    "first_run.class_form": PLAN,
    "first_run.change": PLAN,
    "first_run.add_component": PLAN,
    "first_run.add_role": PLAN,
    "first_run.change_parts": PLAN,
    "first_run.describe_job": PLAN,
    "first_run.assign": PLAN,
    "first_run.assign_pattern": PLAN,
    "imports.index": PLAN,
    "imports.new": PLAN,
    "imports.example": PLAN,
    "imports.upload": PLAN,
    "imports.detail": PLAN,
    "imports.explain": PLAN,
    "imports.take": PLAN,
    "imports.discard": PLAN,
    "imports.problems": PLAN,
    "label_reviews.index": PLAN,
    "label_reviews.accept": PLAN,
    "label_reviews.accept_all": PLAN,
    "label_reviews.change": PLAN,
    "label_reviews.reject": PLAN,
    "label_reviews.take_back": PLAN,
    "model_card.detail": VIEW,
    "machine_rules.detail": VIEW,
    "machine_rules.edit": PLAN,
    "machine_rules.update": PLAN,
    "machine_rules.follow_class": PLAN,
    "my_work.index": WORK,
    "order_rules.index": VIEW,
    "order_rules.detail": VIEW,
    "order_rules.edit": PLAN,
    "order_rules.update": PLAN,
    "predictions.index": VIEW,
    "predictions.table": VIEW,
    "predictions.detail": VIEW,
    "predictions.held_back": VIEW,
    "predictions.held_back_table": VIEW,
    "predictions.withheld": VIEW,
    "predictions.withheld_table": VIEW,
    "predictions.missed": VIEW,
    "readiness.index": VIEW,
    "record.index": VIEW,
    "record.feedback": VIEW,
    "record.feedback_table": VIEW,
    "record.answers": VIEW,
    "rule_previews.of_class": PLAN,
    "rule_previews.of_machine": PLAN,
    "rule_withdrawals.form": PLAN,
    "rule_withdrawals.withdraw": PLAN,
    "savings.index": VIEW,
    "savings.ledger_table": VIEW,
    "savings.assumptions": VIEW,
    "savings.assume": PLAN,
    "schedules.index": VIEW,
    "schedules.new": PLAN,
    "schedules.create": PLAN,
    "schedules.edit": PLAN,
    "schedules.update": PLAN,
    "conditions.index": VIEW,
    "conditions.new": PLAN,
    "conditions.create": PLAN,
    "conditions.edit": PLAN,
    "conditions.update": PLAN,
    "storms.index": VIEW,
    "storms.detail": VIEW,
    "storms.release": PLAN,
    "storms.refuse": PLAN,
    "stop_windows.index": VIEW,
    "stop_windows.new": PLAN,
    "stop_windows.create": PLAN,
    "stop_windows.edit": PLAN,
    "stop_windows.update": PLAN,
    "stop_windows.end": PLAN,
    "stop_windows.take_in": PLAN,
    "suggestions.into_window": PLAN,
    "suggestions.both_into_window": PLAN,
    "suggestions.into_service": PLAN,
    "suggestions.pull_forward": PLAN,
    "training.index": VIEW,
    "training.detail": VIEW,
    "training.progress": VIEW,
    "training.wish": PLAN,
    "training.cancel": PLAN,
    "training.ask_next_night": PLAN,
    "training.next_night": VIEW,
    "typical_lives.edit": PLAN,
    "typical_lives.enter": PLAN,
    "typical_lives.withdraw": PLAN,
    "users.index": ADMINISTER,
    "users.new": ADMINISTER,
    "users.create": ADMINISTER,
    "users.edit": ADMINISTER,
    "users.update": ADMINISTER,
    "users.set_password": ADMINISTER,
    "work_orders.index": VIEW,
    "work_orders.detail": VIEW,
    "work_orders.new": WORK,
    "work_orders.create": WORK,
    "work_orders.breakdown": WORK,
    "work_orders.assign": PLAN,
    "work_orders.comment": WORK,
    "order_actions.form": WORK,
    "order_actions.act": WORK,
}


def test_every_endpoint_has_a_row_in_the_matrix(app: Flask) -> None:
    assert {name: rule_of(app, name) for name in app.view_functions} == MATRIX


@pytest.mark.own_app
def test_the_application_does_not_start_with_an_endpoint_that_declares_no_rule(
    app: Flask,
) -> None:
    app.view_functions["forgotten"] = lambda: "open to all"

    with pytest.raises(UndeclaredEndpoint, match="forgotten"):
        check_every_endpoint(app)


@pytest.mark.parametrize("role", [None, *Role])
def test_each_address_answers_each_role_as_the_matrix_says(
    app: Flask, make: Plant, visit: Visit, role: Role | None
) -> None:
    ids = _a_row_of_each(make)
    visitor = visit(make.user("vera", role.value) if role else None)

    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "auth.log_out", "auth.log_in", "auth.login"):
            continue
        address = _address(rule.rule, ids)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = visitor.get(address) if method == "GET" else visitor.send(address)
            wanted = MATRIX[rule.endpoint]
            assert _is_right(answer.status_code, wanted, role), (method, address, answer.status)


def _is_right(status: int, rule: str, role: Role | None) -> bool:
    if rule == PUBLIC:
        return status == 200
    if role is None:
        return status in (303, 400)  # to the login; a form without a session has no token
    if Capability(rule) in CAPABILITIES[role]:
        # Let in: empty forms are then refused by what they ask for, not by the door.
        return status in (200, 303, 404, 409, 422) or (status == 403 and rule == WORK)
    return status == 403


def _a_row_of_each(make: Plant) -> dict[str, int]:
    machine = make.equipment()
    sensor = make.sensor(machine)
    order = make.predicted_order(machine)
    return {
        "class_id": machine.equipment_class_id,
        "component_id": make.component().id,
        "equipment_id": machine.id,
        "sensor_id": sensor.id,
        "work_order_id": order,
        "schedule_id": make.schedule(machine),
        "window_id": make.stop_window().id,
        # Nobody has made these yet: who may come in is told that there is none.
        "limit_id": 1,
        "rule_id": 1,
        "storm_id": 1,
        "run_id": make.run().id,
        "import_id": make.import_file(machine.site_id),
        "user_id": make.user("walter", "viewer").id or 0,
    }


def _address(rule: str, ids: dict[str, int]) -> str:
    address = rule.replace("<action>", "cancel").replace("<kind>", "run_now")
    for name, value in ids.items():
        address = address.replace(f"<int:{name}>", str(value))
    return address


def test_somebody_who_is_not_logged_in_is_sent_to_the_login_and_back(visit: Visit) -> None:
    answer = visit(None).get("/work-orders?view=overdue")

    assert answer.status_code == 303
    assert answer.location == "/login?next=/work-orders?view%3Doverdue"


def test_a_fragment_is_not_answered_with_the_login_page(visit: Visit) -> None:
    answer = visit(None).get("/work-orders", headers={"HX-Request": "true"})

    assert answer.status_code == 401


def test_another_sites_rows_look_like_missing_ones(make: Plant, visit: Visit) -> None:
    machine = make.equipment("P-900", site="south")
    order = make.order(machine)
    visitor = visit(make.user("ann", "planner", site="north"))

    for kind, row_id in (("equipment", machine.id), ("work-orders", order)):
        foreign = visitor.get(f"/{kind}/{row_id}")
        missing = visitor.get(f"/{kind}/99999")
        said = _main(missing.text).replace("99999", str(row_id))
        assert (foreign.status_code, _main(foreign.text)) == (404, said)


def _main(page: str) -> str:
    return page.partition("<main")[2]


def test_settings_alone_make_an_application(settings: Settings, database: Database) -> None:
    from app.factory import create_app

    made = create_app(settings)

    assert made.test_client().get("/healthz").json == {"status": "ok"}
    made.extensions["forewarn"].database.dispose()
