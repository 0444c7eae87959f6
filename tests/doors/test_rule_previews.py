"""The preview beside the form: alone for htmx, with the form without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import numpy as np
import pytest
import sqlalchemy as sa

from app.db.back_tests import BackTest
from app.db.equipment import Equipment
from app.db.predictions import Forecast, PredictorVersion
from app.db.records import Failure
from app.db.training import RunKind, TrainingRun
from app.domain.instants import to_micros
from app.domain.risk import Gate
from app.domain.roles import Actor
from app.queries.back_tests import BackTestGroup
from app.services import back_tests
from tests.doors.conftest import Visit
from tests.doors.test_order_rules import RULE
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def pump(make: Plant) -> Equipment:
    """A pump that was told to fail forty days ago, and failed ten days later; one false alarm."""
    machine = make.equipment()
    for days_ago in (80, 40):
        tell(make, days_ago)
    at = datetime.now(UTC) - 30 * DAY
    with make.database.transaction() as session:
        part = make.component("bearing").id
        session.add(Failure(equipment_id=machine.id, component_id=part, at=at, recorded_at=at))
    return machine


def tell(make: Plant, days_ago: float, tag: str = "P-101") -> None:
    """A punctual night that tells a risk of 0.5 for the bearing."""
    night = WrittenNight(make.database, datetime.now(UTC) - days_ago * DAY)
    run_id = night.tell(
        {(tag, "bearing"): 0.5},
        gate=Gate.OPEN,
        rung="class_hazard",
        days=0,
        without=(),
        standing=(),
        is_in_order=True,
    )
    with make.database.transaction() as session:
        session.get_one(TrainingRun, run_id).kind = RunKind.NIGHTLY
        for row in session.query(Forecast).filter_by(run_id=run_id):
            row.issued_at = row.as_of


def address(pump: Equipment, **changed: str) -> str:
    """The preview of a rule of the pump's class."""
    return f"/order-rules/{pump.equipment_class_id}/preview?{urlencode({**RULE, **changed})}"


def test_the_answer_is_one_sentence_with_the_saving(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    text = visit(ann).get(address(pump), headers=HTMX).get_data(as_text=True)

    assert "would have raised <strong>2</strong> orders:" in text
    assert "<strong>1</strong> useful, <strong>1</strong> not" in text
    assert "<strong>0</strong> failures missed" in text
    # 0.8 x 20 avoided - 0.2 inspections in vain - 1 false alarm.
    assert '<strong class="figures">14.8</strong> most likely' in text
    assert "<form" not in text


def test_without_javascript_the_form_comes_with_it_and_keeps_what_was_typed(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    text = visit(ann).text(address(pump, basis="threshold", risk_threshold="0.6", reason="Try."))

    assert "would have raised <strong>0</strong> orders:" in text
    assert 'name="risk_threshold" value="0.6"' in text
    assert ">Try.</textarea>" in text
    assert "The rule in force on the same nights: 2 orders" in text


def test_the_threshold_stands_there_as_a_formula_with_the_numbers(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    text = visit(ann).text(address(pump, life_value="1"))

    assert "<strong>12.5 %</strong>" in text
    assert "(inspection 1 + life given up 1) / (share found 0.8" in text


def test_values_that_cannot_be_tried_are_named(pump: Equipment, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    wrong = address(pump, lead_hours="soon")

    fragment, page = visitor.get(wrong, headers=HTMX), visitor.get(wrong)

    assert (fragment.status_code, page.status_code) == (200, 422)
    assert "These values cannot be tried yet" in fragment.get_data(as_text=True)
    assert 'id="lead_hours-problem"' in page.get_data(as_text=True)


def test_the_preview_says_from_when_forecasts_were_kept(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    assert "No forecasts were kept before" in visit(ann).text(address(pump))


def test_a_class_without_forecasts_says_so(make: Plant, ann: Actor, visit: Visit) -> None:
    assert "No forecasts to try it on yet" in visit(ann).text(address(make.equipment()))


def back_test(make: Plant, tag: str, first: int, last: int, *, damaged: bool = False) -> None:
    """What today's predictor would have said of the bearing: a risk of 0.5 every night."""
    midnight = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0)
    at = np.array([to_micros(midnight - days * DAY) for days in range(first, last - 1, -1)])
    survival = np.full((len(at), 1), 0.5, dtype=np.float32)
    with make.database.transaction() as session:
        version = session.scalars(
            sa.select(PredictorVersion)
            .join(Equipment, Equipment.id == PredictorVersion.equipment_id)
            .where(Equipment.tag == tag, PredictorVersion.is_current)
        ).one()
        back_tests.keep(
            session,
            equipment_id=version.equipment_id,
            version_id=version.id,
            edges_hours=[96.0],
            groups=[BackTestGroup(("bearing",), (1.0,), "class_hazard", at, survival)],
            is_light=False,
            now=datetime.now(UTC),
        )
        if damaged:
            session.execute(sa.update(BackTest).values(content=b""))


def test_what_rests_on_a_back_test_is_told_apart(
    make: Plant, pump: Equipment, ann: Actor, visit: Visit
) -> None:
    back_test(make, "P-101", 200, 81)
    border = datetime.now(UTC) - 80 * DAY

    text = visit(ann).text(address(pump))

    assert f"Before {border.day} {border:%b} {border.year} nothing was forecast here" in text
    assert "what the predictor of today would have said of days it had not learnt from" in text
    assert "of them by back-test" in text
    assert "by back-test)" in text
    assert "hatched: by back-test" in text
    assert "url(#months-hatch)" in text
    assert "· by back-test</span>" in text


def test_a_plant_that_was_never_forecast_says_that_all_is_a_back_test(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    tell(make, 0.1)
    with make.database.transaction() as session:
        session.execute(sa.update(TrainingRun).values(kind=RunKind.MANUAL))
    back_test(make, "P-101", 200, 2)

    text = visit(ann).text(address(machine))

    assert "Nothing was forecast here yet: all of this is a back-test" in text
    assert "No forecasts to try it on yet" not in text


def test_a_damaged_back_test_is_named_on_the_page(
    make: Plant, pump: Equipment, ann: Actor, visit: Visit
) -> None:
    back_test(make, "P-101", 200, 81, damaged=True)

    text = visit(ann).text(address(pump))

    assert "The stored back-test of P-101 is damaged and left out" in text
    assert "would have raised <strong>2</strong> orders:" in text


def test_without_a_back_test_nothing_speaks_of_one(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    assert "back-test" not in visit(ann).get(address(pump), headers=HTMX).get_data(as_text=True)


def test_a_machines_own_rule_is_tried_on_it_alone(
    make: Plant, pump: Equipment, ann: Actor, visit: Visit
) -> None:
    other = make.equipment("P-102")
    tell(make, 50, "P-102")
    visitor = visit(ann)
    query = urlencode(RULE)

    alone = visitor.text(f"/order-rules/machines/{other.id}/preview?{query}")

    assert "would have raised <strong>1</strong> order:" in alone
    assert "would have raised <strong>3</strong> orders:" in visitor.text(address(pump))


def test_previews_are_for_those_who_plan(pump: Equipment, tom: Actor, visit: Visit) -> None:
    assert visit(tom).get(address(pump)).status_code == 403


def test_trying_a_rule_changes_nothing(
    make: Plant, pump: Equipment, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)

    visitor.text(address(pump, lead_hours="24"))

    assert "No rule was ever set" in visitor.text(f"/order-rules/{pump.equipment_class_id}")


def test_a_class_whose_machines_all_have_their_own_rule_has_nothing_to_try(
    pump: Equipment, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    visitor.send(f"/order-rules/machines/{pump.id}", **RULE, version="")

    assert "No forecasts to try it on yet" in visitor.text(address(pump))
