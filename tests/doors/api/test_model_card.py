"""The model card for a program."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.doors.api.program import Program, problem
from tests.judged import judged_machine
from tests.plant import Plant


def test_as_issued_and_back_test_are_told_apart(make: Plant, reader: Program) -> None:
    machine = judged_machine(make, until=datetime.now(UTC))

    card = reader.get(f"/equipment/{machine.id}/model-card").json

    issued, tested = card["as_issued"], card["back_test"]
    assert (card["tag"], card["rung"], card["predictor"]) == ("P-101", "class_hazard", "class")
    assert (issued["machine"]["rows"], issued["machine"]["failures"]) == (40, 2)
    assert issued["machine"]["calibration"] is None
    assert issued["by_mode"]["any"]["failed_rows"] == 2
    assert tested["modes"][0]["test"]["failures"] == 12
    assert tested["modes"][0]["tried"][0]["verdict"] == "serves"
    assert card["trained"]["libraries"] == {"numpy": "2.3.1"}


def test_a_machine_that_is_not_there_has_none(reader: Program) -> None:
    answer = reader.get("/equipment/99/model-card")

    assert (answer.status_code, problem(answer)["code"]) == (404, "not_found")
