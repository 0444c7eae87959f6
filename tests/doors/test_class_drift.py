"""A class whose readings moved as one is told on the night's page, the class's and the card."""

from __future__ import annotations

from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.plant import Plant

SAID = "Readings of 5 of 6 machines have left what their class learned."


def test_readers_meet_it_where_they_judge_predictions(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    entry = {"class_id": machine.equipment_class_id, "machines": 6, "outside": 5, "sentence": SAID}
    run = make.run(counts={"class_drift": [entry]})
    visitor = visit(ann)

    pages = {
        address: visitor.text(address)
        for address in (
            f"/training/{run.id}",
            f"/order-rules/{machine.equipment_class_id}",
            f"/equipment/{machine.id}/model-card",
        )
    }

    assert [address for address, page in pages.items() if SAID not in page] == []


def test_where_nothing_moved_no_page_speaks_of_it(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    entry = {"class_id": machine.equipment_class_id, "machines": 6, "outside": 0, "sentence": ""}
    run = make.run(counts={"class_drift": [entry]})
    visitor = visit(ann)

    assert "Unlike what was learned" not in visitor.text(f"/training/{run.id}")
    assert 'class="hint' not in visitor.text(f"/order-rules/{machine.equipment_class_id}")
