"""The ranking and its lists, as a program reads them: the facts of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.db.predictions import Decision
from app.db.records import Failure
from app.domain.risk import Verdict
from tests.doors.api.program import Program, problem
from tests.plant import Plant


def test_the_ranking_says_what_the_page_says(make: Plant, reader: Program) -> None:
    for tag, risk in (("P-101", 0.02), ("P-102", 0.5)):
        machine = make.equipment(tag)
        make.forecast(machine, mode="any", risk=risk)
        make.forecast(machine, mode="bearing", risk=risk)

    items = reader.get("/predictions/ranking", by="loss").json["items"]

    assert [(item["tag"], item["expected_loss"]) for item in items] == [
        ("P-102", 8.0),  # 0.5 x 0.8 x (25 - 5)
        ("P-101", 0.32),
    ]
    assert items[0]["mode_name"] == "Bearing"
    assert items[1]["deadline"]["certainty"] == "below"


def test_the_ranking_is_narrowed_and_paged(make: Plant, reader: Program) -> None:
    for n in range(101, 104):
        make.forecast(make.equipment(f"P-{n}"), mode="any", risk=0.2)
    make.forecast(make.equipment("F-201"), mode="any", risk=0.9)

    first = reader.get("/predictions/ranking", text="P-", limit=2).json
    rest = reader.get("/predictions/ranking", text="P-", limit=2, after=first["after"]).json

    tags = [item["tag"] for item in (*first["items"], *rest["items"])]
    assert sorted(tags) == ["P-101", "P-102", "P-103"]
    assert rest["after"] is None


def test_an_order_nobody_knows_is_refused(reader: Program) -> None:
    answer = reader.get("/predictions/ranking", by="colour")

    assert answer.status_code == 422
    assert set(problem(answer)["fields"]) == {"by"}


def test_silences_and_misses_are_told_in_their_own_lists(make: Plant, reader: Program) -> None:
    machine = make.equipment()
    for verdict, mode in ((Verdict.HELD_BUDGET, "bearing"), (Verdict.WITHHELD, "seal")):
        told = make.forecast(machine, mode=mode, risk=0.4)
        with make.database.transaction() as session:
            session.add(
                Decision(
                    run_id=told.run_id,
                    equipment_id=machine.id,
                    mode=mode,
                    forecast_id=told.id,
                    verdict=verdict,
                    risk=0.4,
                    threshold=0.0625,
                    reason="because",
                )
            )

    held = reader.get("/predictions/held-back").json["items"]
    withheld = reader.get("/predictions/withheld").json["items"]

    assert [(row["component"], row["became"]) for row in held] == [("Bearing", "stands")]
    assert [(row["component"], row["verdict"]) for row in withheld] == [("Seal", "withheld")]
    assert reader.get("/predictions/missed").json["items"] == []


def test_a_miss_tells_what_was_known(make: Plant, reader: Program) -> None:
    machine, part = make.equipment(), make.component()
    night = datetime.now(UTC) - timedelta(days=3)
    run = make.run(on=night.date(), as_of=night)
    make.forecast(machine, mode="bearing", risk=0.02, run=run)
    with make.database.transaction() as session:
        at = night + timedelta(days=1)
        session.add(Failure(equipment_id=machine.id, component_id=part.id, at=at, recorded_at=at))

    (item,) = reader.get("/predictions/missed").json["items"]

    assert item["known"]["risk"] == 0.02
    assert item["line"]["met"] == "missed"
