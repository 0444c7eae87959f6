"""The pages of the predictions: the fleet, one forecast, and the lists of what was not ordered."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.db.predictions import Decision
from app.db.records import Failure
from app.db.training import TrainingRun
from app.db.work_orders import Finding
from app.domain.risk import Verdict
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, State
from tests.doors.conftest import Visit
from tests.plant import Plant

DAY = timedelta(days=1)


def told(make: Plant, tag: str, risk: float, **more: object) -> int:
    machine = make.equipment(tag, **more)
    for mode in ("any", "bearing"):
        make.forecast(machine, mode=mode, risk=risk)
    return machine.id


def decided(make: Plant, tag: str, verdict: Verdict, reason: str = "because") -> None:
    machine = make.equipment(tag)
    forecast = make.forecast(machine, mode="bearing", risk=0.4)
    with make.database.transaction() as session:
        session.add(
            Decision(
                run_id=forecast.run_id,
                equipment_id=machine.id,
                mode="bearing",
                forecast_id=forecast.id,
                verdict=verdict,
                risk=0.4,
                threshold=0.0625,
                reason=reason,
            )
        )


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- the fleet


def test_the_fleet_is_ranked_as_asked_and_narrowed(make: Plant, ann: Actor, visit: Visit) -> None:
    told(make, "P-101", 0.9)
    told(make, "P-102", 0.2)
    page = visit(ann).text("/predictions?by=loss&search=P-102")

    assert "P-102" in page
    assert "P-101" not in page
    # 0.2 x 0.8 x (25 - 5)
    assert ">3.2<" in page


def test_htmx_gets_the_rows_alone(make: Plant, ann: Actor, visit: Visit) -> None:
    told(make, "P-101", 0.9)
    answer = visit(ann).get("/predictions?by=start_by", headers={"HX-Request": "true"})

    assert "P-101" in answer.text
    assert "<html" not in answer.text


def test_a_filter_that_fits_nothing_says_so(make: Plant, ann: Actor, visit: Visit) -> None:
    told(make, "P-101", 0.9)

    assert "No machine fits" in visit(ann).text("/predictions?rung=own_level")


def test_an_order_or_filter_nobody_knows_is_refused(ann: Actor, visit: Visit) -> None:
    for asked in ("by=colour", "standing=lost", "class=x", "after=W10"):
        assert visit(ann).get(f"/predictions?{asked}").status_code == 422, asked


def test_the_file_holds_every_machine_in_the_order_of_the_page(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    for n in range(60):
        told(make, f"P-{100 + n}", (n + 1) / 100)
    told(make, "=cmd", 0.9)

    rows = table(visit(ann).text("/predictions/ranking.csv?by=loss"))

    assert len(rows) == 61
    assert [row["equipment"] for row in rows[:2]] == ["'=cmd", "P-159"]
    assert rows[1]["as_of"] == "2026-03-02T08:00:00Z"
    assert float(rows[1]["expected_loss"]) == 0.6 * 16


# --- one forecast


def test_a_forecast_is_drawn_with_its_interval_for_the_machine_and_each_component(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = told(make, "P-101", 0.4)

    whole = visit(ann).text(f"/predictions/{machine}")
    part = visit(ann).text(f"/predictions/{machine}?component=bearing")

    assert "survival-line" in whole
    assert "survival-band" in whole
    assert f"/predictions/{machine}?component=bearing" in whole
    assert "P-101 · Bearing" in part
    assert f"/equipment/{machine}/risk/series?component=bearing" in part


def test_a_machine_without_a_forecast_has_a_page_and_a_wrong_component_none(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()

    assert "No prediction yet" in visit(ann).text(f"/predictions/{machine.id}")
    wrong = visit(ann).get(f"/predictions/{machine.id}?component=wing")
    assert wrong.status_code == 404


def test_the_machines_own_page_has_the_same_curve(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = told(make, "P-101", 0.4)

    assert "survival-line" in visit(ann).text(f"/equipment/{machine}")


def test_dismissals_are_marked_on_the_chart_of_their_component(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    nights = [datetime.now(UTC) - days * DAY for days in (9, 5)]
    for at in nights:
        make.forecast(machine, mode="seal", run=make.run(on=at.date(), as_of=at))
    run = make.run(on=nights[0].date())
    order = make.predicted_order(machine, state=State.CANCELLED, run=run)
    with make.database.transaction() as session:
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=machine.id,
                at=nights[0] + DAY,
                recorded_at=nights[0] + DAY,
                dismissal=Dismissal.WATCHED,
            )
        )

    def marks(component: str) -> list[dict[str, object]]:
        address = f"/equipment/{machine.id}/risk/series?component={component}"
        found = visit(ann).get(address).json
        assert found is not None
        return [mark for mark in found["marks"] if mark["kind"] == "dismissal"]

    (mark,) = marks("bearing")
    assert mark["text"] == f"WO-{order:05d}, Already being watched"


# --- what was not ordered


def test_each_list_says_why_and_what_became_of_it(make: Plant, ann: Actor, visit: Visit) -> None:
    decided(make, "P-101", Verdict.HELD_BUDGET, "The budget is used up.")
    decided(make, "P-102", Verdict.WITHHELD, "The gate is closed.")
    with make.database.transaction() as session:
        session.execute(sa.update(TrainingRun).values(as_of=datetime.now(UTC) - DAY))

    held = visit(ann).text("/predictions/held-back")
    withheld = visit(ann).text("/predictions/withheld")

    assert "The budget is used up." in held
    assert "The gate is closed." not in held
    assert "The gate is closed." in withheld
    assert "Still so" in withheld
    (row,) = table(visit(ann).text("/predictions/withheld.csv"))
    assert (row["equipment"], row["became"], row["nights"]) == ("P-102", "stands", "1")
    assert len(table(visit(ann).text("/predictions/held-back.csv"))) == 1


def test_a_miss_shows_the_last_forecast_and_what_was_missing(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine, part = make.equipment(), make.component()
    make.sensor(machine)
    night = datetime.now(UTC) - 9 * DAY
    make.forecast(machine, mode="bearing", risk=0.02, run=make.run(on=night.date(), as_of=night))
    with make.database.transaction() as session:
        at = night + 5 * DAY
        session.add(Failure(equipment_id=machine.id, component_id=part.id, at=at, recorded_at=at))

    page = visit(ann).text("/predictions/missed")

    assert "below the threshold" in page
    assert "Vibration had never sent anything" in page
    assert "The forecast was 5 days old" in page


def test_empty_lists_say_so(ann: Actor, visit: Visit) -> None:
    assert "Nothing was held back" in visit(ann).text("/predictions/held-back")
    assert "Nothing was withheld" in visit(ann).text("/predictions/withheld")
    assert "No failure came without a word" in visit(ann).text("/predictions/missed")
