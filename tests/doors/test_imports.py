"""The import pages as a planner meets them: send, look, check, import, and who may not."""

from __future__ import annotations

import io
import re

import pytest
from werkzeug.test import EnvironBuilder, TestResponse

from app.db.equipment import Equipment
from app.db.imports import ImportFile, ImportState
from app.domain.roles import Actor
from app.factory import LARGEST_REQUEST
from app.services.imports.kinds import KINDS
from tests.doors.conftest import Visit
from tests.doors.visitor import A_PAGE_WITH_A_FORM, Visitor
from tests.plant import Plant

LIST = "Anlage;Typ;Notiz\nP-1;pump;<b>x</b>\nP-2;pump;\n;pump;\n"


def send(
    visitor: Visitor, kind: str, content: bytes, name: str = "list.csv", **fields: str
) -> TestResponse:
    form = {"csrf_token": visitor.token(A_PAGE_WITH_A_FORM), **fields}
    builder = EnvironBuilder(
        f"/imports/new/{kind}",
        method="POST",
        data={**form, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )
    environ = builder.get_environ()
    try:
        return visitor.client.open(environ)
    finally:
        environ["wsgi.input"].close()  # a large body is a file
        builder.close()


@pytest.fixture
def planner(visit: Visit, ann: Actor) -> Visitor:
    """Ann at the site."""
    return visit(ann)


def test_a_file_is_sent_looked_at_checked_and_imported(planner: Visitor, make: Plant) -> None:
    page = send(planner, "equipment", LIST.encode()).location
    columns = {"column-0": "tag", "column-1": "class", "column-2": "", "adds": "true"}

    looked = planner.text(page)
    checked = planner.send(f"{page}/columns", **columns, do="check")
    report = planner.text(page)
    taken = planner.send(f"{page}/take")

    assert "&lt;b&gt;x&lt;/b&gt;" in looked
    assert "<b>x</b>" not in looked
    assert checked.location == f"{page}#report"
    assert "What an import would do" in report
    assert "is empty" in report
    assert taken.status_code == 303
    assert [row.tag for row in make.all(Equipment)] == ["P-1", "P-2"]
    assert "What was imported" in planner.text(page)
    assert "list.csv" in planner.text("/imports")


def test_a_needed_column_that_nobody_named_is_asked_for_and_the_choice_is_kept(
    planner: Visitor, make: Plant
) -> None:
    page = send(planner, "equipment", b"a;b\nP-1;pump\n").location

    answer = planner.send(f"{page}/columns", **{"column-0": "tag"}, do="check")

    assert answer.status_code == 422
    assert "Say which column is: Class." in answer.text
    assert re.search(r'name="column-0"[^§]*?value="tag" selected', answer.text)
    assert make.all(ImportFile)[0].state is ImportState.UPLOADED


def test_a_date_that_may_be_two_is_one_clear_question(planner: Visitor, make: Plant) -> None:
    make.equipment("P-1")
    page = send(planner, "failures", b"Machine,Date\nP-1,03/04/2025\n").location

    shown = planner.text(page)

    assert "Is 03/04/2025 the 3 Apr 2025 or the 4 Mar 2025?" in shown
    assert "4 Mar 2025 (month, day, year)" in shown


def test_a_spreadsheet_is_refused_with_what_to_do_on_the_form(planner: Visitor) -> None:
    answer = send(planner, "equipment", b"PK\x03\x04" + b"x" * 99, "machines.xlsx")

    assert answer.status_code == 422
    assert "save the sheet as CSV" in answer.text
    assert 'type="file"' in answer.text


def test_the_form_without_a_file_says_so(planner: Visitor) -> None:
    answer = planner.send("/imports/new/equipment")

    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_file_may_be_larger_than_any_other_request_but_not_without_end(
    planner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = b"tag,class\n" + b"P-1,pump\n" * (LARGEST_REQUEST // 9 + 1)
    assert send(planner, "equipment", large).status_code == 303

    monkeypatch.setattr("app.web.imports.LARGEST_FILE", len(large))
    monkeypatch.setattr("app.web.imports.FORM_ROOM", 0)
    answer = send(planner, "equipment", large)

    assert answer.status_code == 413
    assert "50 MB" in answer.text


def test_nobody_but_a_planner_may_send_a_large_file_or_any(visit: Visit, tom: Actor) -> None:
    technician = visit(tom)
    large = b"tag,class\n" + b"P-1,pump\n" * (LARGEST_REQUEST // 9 + 1)

    assert send(technician, "equipment", b"tag,class\nP-1,pump\n").status_code == 403
    assert send(technician, "equipment", large).status_code == 413
    assert technician.get("/imports").status_code == 403


def test_another_sites_files_look_like_missing_ones(visit: Visit, make: Plant) -> None:
    foreign = make.import_file(make.site("south").id)
    visitor = visit(make.user("ann", "planner", site="north"))

    for path in ("", "/problems.csv"):
        assert visitor.get(f"/imports/{foreign}{path}").status_code == 404
    for path in ("/columns", "/take", "/discard"):
        assert visitor.send(f"/imports/{foreign}{path}").status_code == 404
    assert f"/imports/{foreign}" not in visitor.text("/imports")
    assert make.all(ImportFile)[0].state is ImportState.UPLOADED


def test_somebody_of_every_site_says_which_site_a_file_is_about(
    visit: Visit, make: Plant, adam: Actor
) -> None:
    north, south = make.site("north"), make.site("south")
    visitor = visit(adam)

    unsaid = send(visitor, "equipment", b"tag,class\nP-1,pump\n")
    said = send(visitor, "equipment", b"tag,class\nP-1,pump\n", site_id=str(south.id))

    assert unsaid.status_code == 422
    assert said.status_code == 303
    assert north.id != make.all(ImportFile)[0].site_id == south.id


def test_the_problems_are_a_file_that_is_no_formula(planner: Visitor, make: Plant) -> None:
    page = send(planner, "equipment", b"tag,class,criticality\nP-1,pump,=1+1\n").location
    planner.send(
        f"{page}/columns",
        **{"column-0": "tag", "column-1": "class", "column-2": "criticality"},
        adds="true",
        do="check",
    )

    answer = planner.get(f"{page}/problems.csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    header, first = answer.text.splitlines()[:2]
    assert header == "table,row,column,reason"
    assert first.startswith("equipment,2,criticality,")
    assert not re.search(r"(^|,)[=+@-]", first)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_form_and_an_example_that_is_taken_in(planner: Visitor, kind: str) -> None:
    assert "What it may say" in planner.text(f"/imports/new/{kind}")

    example = planner.get(f"/imports/examples/{kind}.csv").get_data()
    page = send(planner, kind, example).location

    assert "The first rows as they will be stored" in planner.text(page)


def test_a_kind_that_is_none_is_not_found(planner: Visitor) -> None:
    assert planner.get("/imports/new/recipes").status_code == 404
    assert planner.get("/imports/examples/recipes.csv").status_code == 404
