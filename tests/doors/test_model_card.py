"""The model card on its page and as JSON, and the night's words beside a risk."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from app.db.audit import AuditRow
from app.db.equipment import EquipmentClass
from app.db.predictions import Forecast
from app.domain.equipment import Predictor
from app.domain.roles import Actor
from app.domain.scores import Bin
from app.web.reliability_plot import dots
from tests.doors.conftest import Visit
from tests.judged import CONTEXT, MODE, judged_machine
from tests.plant import Plant

FEW = "Below ten failures there are counts and no shares"


def test_as_issued_stands_before_the_back_test(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = judged_machine(make, until=datetime.now(UTC))

    page = visit(ann).text(f"/equipment/{machine.id}/model-card")

    assert page.index('id="issued"') < page.index('id="tested"')
    for told in (
        "Best on every fold.",
        "Serves: trends, slow, since",
        "left out after 2 of 4",
        "held 81 % of 31 lives",
        "scored 0.102 against 0.021",
        "Vibration: mean of 24 h",
        "numpy 2.3.1",
        "d" * 64,
        "Vibration is higher than ever learned from.",
        FEW,
    ):
        assert told in page, told


def test_a_picture_of_reliability_needs_ten_failures(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = judged_machine(make, failures=10, until=datetime.now(UTC))

    page = visit(ann).text(f"/equipment/{machine.id}/model-card")

    assert FEW not in page
    assert "Reliability as issued: P-101" in page
    assert not re.search(r"<[^>]+ style=", page)


def test_a_machine_nobody_predicted_yet_has_a_card_that_says_so(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    page = visit(ann).text(f"/equipment/{make.equipment().id}/model-card")

    assert "No night has made a predictor of this machine yet." in page
    assert "No forecast has been judged yet" in page


def test_a_mode_on_a_lower_rung_says_what_lifts_it(make: Plant, ann: Actor, visit: Visit) -> None:
    young = {**MODE, "rung": "reference", "events": 3}
    # A year of three failures: five more come in about twenty months.
    year = {"trained_from": "2025-01-01T00:00:00Z", "trained_until": "2026-01-01T00:00:00Z"}
    machine = judged_machine(make, metrics={"modes": [young], **year})

    page = visit(ann).text(f"/equipment/{machine.id}/model-card")

    assert "Learned from its class at 8 failures; 3 known" in page
    assert "at 0.3 a month in about 20 months." in page


def test_another_sites_card_is_not_there(make: Plant, ann: Actor, visit: Visit) -> None:
    foreign = make.equipment("P-9", site="south")

    assert visit(ann).get(f"/equipment/{foreign.id}/model-card").status_code == 404


def test_a_technician_reads_how_often_and_a_planner_the_risk(
    make: Plant, ann: Actor, tom: Actor, visit: Visit
) -> None:
    machine = judged_machine(make, until=datetime.now(UTC))
    sister = make.equipment("P-102")
    run = make.run()
    told = make.forecast(machine, mode="any", risk=0.4, run=run)
    with make.database.transaction() as session:
        session.get_one(Forecast, told.id).context = CONTEXT

    planned, worked = (visit(who).text(f"/equipment/{machine.id}") for who in (ann, tom))

    assert "Of 23 times a machine like this looked so, 16 failed within 14 days." in planned
    assert "16 of 23" in worked
    assert "times a machine like this looked so, it failed within 14 days" in worked
    for page in (planned, worked):
        assert f'href="/equipment/{sister.id}">P-102</a>' in page
        assert "Check the repair." in page
        assert "Vibration is higher than ever learned from." in page
        assert f"/equipment/{machine.id}/model-card" in page


def test_an_order_tells_what_the_night_told_of_its_machine(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    order = make.predicted_order(machine)
    whole = make.forecast(machine, mode="any")
    with make.database.transaction() as session:
        session.get_one(Forecast, whole.id).context = CONTEXT

    page = visit(tom).text(f"/work-orders/{order}")

    assert "16 of 23" in page
    assert "most like the bearing failure" in page.replace("Most", "most")


def test_a_machine_called_by_its_night_name_is_shown_by_its_tag(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine, sister = make.equipment(), make.equipment("P-102")
    told = make.forecast(machine, mode="any")
    similar = {"sentence": f"like P-102#{sister.id} then", "tag": f"P-102#{sister.id}"}
    with make.database.transaction() as session:
        session.get_one(Forecast, told.id).context = {"similar": similar}

    page = visit(ann).text(f"/equipment/{machine.id}")

    assert "Like P-102 then" in page
    assert f'href="/equipment/{sister.id}">P-102</a>' in page


@pytest.mark.parametrize("choice", list(Predictor))
def test_a_planner_chooses_what_predicts_a_class(
    make: Plant, ann: Actor, visit: Visit, choice: Predictor
) -> None:
    machine = judged_machine(make, until=datetime.now(UTC))
    planner = visit(ann)
    page = f"/first-run/classes/{machine.equipment_class_id}"

    sent: dict[str, Any] = {"name": "Pump", "decision_minute": "02:00", "predictor": choice.value}
    assert planner.send(page, **sent).status_code == 303

    assert make.get(EquipmentClass, machine.equipment_class_id).predictor is choice
    if choice is not Predictor.CLASS:
        assert make.all(AuditRow)[-1].changes == {"predictor": ["class", choice.value]}
    shown = planner.text(page)
    assert f'<option value="{choice.value}" selected>' in shown
    assert "own predictors scored 0.102 against 0.021" in shown


def test_a_form_that_does_not_speak_of_the_predictor_leaves_it(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    with make.database.transaction() as session:
        kind = session.get_one(EquipmentClass, machine.equipment_class_id)
        kind.predictor = Predictor.OWN
    page = f"/first-run/classes/{machine.equipment_class_id}"

    assert visit(ann).send(page, name="Pumps", decision_minute="02:00").status_code == 303
    assert make.get(EquipmentClass, machine.equipment_class_id).predictor is Predictor.OWN


def test_an_unknown_predictor_is_refused(make: Plant, ann: Actor, visit: Visit) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"
    sent = {"name": "Pump", "decision_minute": "02:00", "predictor": "oracle"}

    assert visit(ann).send(page, **sent).status_code == 422


def test_the_circles_stand_where_said_and_happened_meet() -> None:
    low, high = dots((Bin(0.0, 0.1, 100, 0.0, 0), Bin(0.5, 0.6, 25, 0.5, 25)))

    assert (low.x, low.y, low.r) == (6.0, 94.0, 6.0)
    assert (high.x, high.y, high.r) == (50.0, 6.0, 3.8)
