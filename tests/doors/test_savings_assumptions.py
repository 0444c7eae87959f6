"""The ledger as a file, and the page of what it assumes."""

from __future__ import annotations

import csv
import io

import pytest

from app.db.savings import SavingsAssumption
from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.integration.test_savings_ledger import close, priced
from tests.plant import Plant

__all__ = ["priced"]
PAGE = "/savings/assumptions"


def test_a_planner_changes_what_is_assumed_and_everybody_reads_why(
    make: Plant, ann: Actor, eve: Actor, visit: Visit
) -> None:
    make.equipment()
    answer = visit(ann).send(
        PAGE, system_cost_per_year="1200", life_given_up_percent="25", reason="New contract."
    )

    assert answer.status_code == 303
    page = visit(eve).text(PAGE)
    assert "New contract." in page
    assert "Ann" in page or "ann" in page
    assert "Assume something else" not in page
    (row,) = make.all(SavingsAssumption)
    assert (row.system_cost_per_year, row.life_given_up_share) == (1200, 0.25)
    assert row.set_up_cost is None
    assert 'value="1200"' in visit(eve).text("/savings")


def test_the_form_shows_what_is_in_force_and_keeps_what_was_typed(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    visitor.send(PAGE, system_cost_per_year="1200", reason="New contract.")

    assert 'value="1200"' in visitor.text(PAGE)
    version = make.all(SavingsAssumption)[0].id
    refused = visitor.send(PAGE, life_given_up_percent="140", reason="Guess.", version=version)

    assert refused.status_code == 422
    assert 'value="140"' in refused.text
    assert 'id="life_given_up_percent-problem"' in refused.text
    assert len(make.all(SavingsAssumption)) == 1


def test_whoever_saw_older_assumptions_is_told(make: Plant, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    visitor.send(PAGE, system_cost_per_year="1200", reason="New contract.")

    answer = visitor.send(PAGE, system_cost_per_year="900", reason="Old page.", version="")

    assert answer.status_code == 409
    assert len(make.all(SavingsAssumption)) == 1


def test_the_file_adds_up_to_the_page(
    make: Plant, priced: Plant, tom: Actor, eve: Actor, visit: Visit
) -> None:
    for tag, outcome in (("P-101", "fault_as_predicted"), ("P-102", "nothing_found_replaced")):
        order = priced.predicted_order(priced.equipment(tag), risk=0.4)
        close(make.database, priced, tom, order, outcome=outcome, function="none")

    rows = list(csv.DictReader(io.StringIO(visit(eve).text("/savings/ledger.csv"))))

    saved = {row["line"]: row["saved_likely"] for row in rows if row["saved_likely"]}
    assert {name: float(value) for name, value in saved.items()} == {
        "fault_found": pytest.approx(0.735 * 2000 - 50),
        "nothing_found": -600,
        "running": 0,
    }
    assert all(len(row) == len(rows[0]) for row in rows)
    page = visit(eve).text("/savings")
    assert "would_have_failed_percent=73.5" in page
    assert ">820<" in page
