"""The commands an operator types: accounts, keys, generation, checks and exports."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from app.config import Settings
from app.db import Database
from app.db.audit import AuditRow
from app.db.users import AppUser
from app.db.work_orders import WorkOrder
from app.domain.work_orders import State
from app.services import passwords
from tests.plant import Plant


class Shell:
    """Runs `forewarn` on the test's database."""

    def __init__(self, settings: Settings) -> None:
        self.env = {
            "FOREWARN_DATABASE_URL": settings.database_url,
            "FOREWARN_DATA_DIR": str(settings.data_dir),
            "FOREWARN_SECRET_KEY": settings.secret_key,
        }

    def __call__(self, *words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, words, env=self.env, input=given)

    def json(self, *words: str) -> Any:
        """What the command wrote to standard output: one document and nothing else."""
        return json.loads(self(*words).stdout)


@pytest.fixture
def shell(settings: Settings) -> Shell:
    return Shell(settings)


def test_a_person_is_created_with_a_password_from_standard_input(shell: Shell, make: Plant) -> None:
    make.team()

    done = shell(
        *("users", "create", "--name", "Nora", "--role", "technician", "--site", "north"),
        *("--team", "mechanics", "--password-stdin"),
        given="a long enough one\n",
    )

    (person,) = make.all(AppUser)
    assert (done.exit_code, done.stdout) == (0, "")
    assert (person.name, person.site_id, person.team_id) == ("nora", 1, 1)
    assert passwords.matches(person.password_hash, "a long enough one")


def test_without_a_password_one_is_made_up_and_printed(shell: Shell, make: Plant) -> None:
    done = shell("users", "create", "--name", "adam", "--role", "admin")

    (person,) = make.all(AppUser)
    assert passwords.matches(person.password_hash, done.stdout.strip())
    assert person.site_id is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "x", "--role", "viewer", "--site", "mars"), "There is no site mars"),
        (("--name", "x", "--role", "boss"), "Invalid value for '--role'"),
        (("--name", "a b", "--role", "viewer"), "name:"),
    ],
)
def test_a_bad_account_changes_nothing(
    shell: Shell, make: Plant, words: tuple[str, ...], said: str
) -> None:
    done = shell("users", "create", *words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert make.all(AppUser) == []


def test_a_token_is_printed_alone(shell: Shell, make: Plant) -> None:
    make.site()

    done = shell("tokens", "create", "--name", "gateway", "--scope", "ingest", "--site", "north")

    assert done.exit_code == 0
    assert done.stdout.startswith("fw_")
    assert len(done.stdout.split()) == 1
    assert "never used" in shell("tokens", "list").stdout


def test_generate_reports_what_it_raised(shell: Shell, make: Plant) -> None:
    make.schedule(starts_on=date(2026, 3, 5))
    make.schedule(make.equipment("P-102", status="retired"), starts_on=date(2026, 3, 5))

    first = shell.json("generate", "--as-of", "2026-03-02", "--json")
    second = shell.json("generate", "--as-of", "2026-03-02", "--json")

    skip = {
        "schedule": "P-102: Grease the bearings",
        "occurrence": "2026-03-05",
        "why": "P-102 is retired.",
    }
    assert first == {"raised": 1, "suppressed": 0, "skipped": [skip]}
    assert second["raised"] == 0


def test_generate_refuses_what_is_no_moment(shell: Shell) -> None:
    done = shell("generate", "--as-of", "soon")

    assert (done.exit_code, done.stdout) == (2, "")


def test_verify_says_that_all_is_well(shell: Shell, make: Plant) -> None:
    make.order()

    done = shell("verify", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"ok": True, "violations": []})


def test_verify_names_what_is_broken(shell: Shell, make: Plant, database: Database) -> None:
    make.order()
    with database.transaction() as session:
        session.execute(sa.update(AuditRow).values(by_name="somebody"))

    done = shell("verify", "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout)["violations"] == [
        {
            "invariant": "the audit chain is unbroken",
            "what": "audit row 1 was changed after it was written",
        }
    ]


def test_doctor_says_what_is_wrong(shell: Shell) -> None:
    report = shell.json("doctor", "--json")

    seen = {check["check"]: check for check in report["checks"]}
    assert not report["ok"]
    assert seen["database"]["ok"]
    assert seen["tables"]["what"].startswith("revision None, not ")
    assert seen["people"]["what"].startswith("nobody can log in")


def test_an_export_of_work_orders_has_the_promised_columns(shell: Shell, make: Plant) -> None:
    make.predicted_order(state=State.OPEN)
    make.order(make.equipment("P-102"), title="=1+1")

    rows = shell.json("export", "work-orders", "--format", "json")

    promised = "number equipment component type state created_at due_on source risk outcome"
    assert list(rows[0])[:10] == promised.split()
    assert rows[0]["component"] == "bearing"
    assert (rows[0]["risk"], rows[0]["created_at"]) == (0.4, "2026-03-02T08:00:00Z")
    assert [row["title"] for row in rows] == ["Inspect the bearing", "=1+1"]


def test_a_spreadsheet_finds_no_formula_in_an_export(shell: Shell, make: Plant) -> None:
    make.order(title="=HYPERLINK(1)")

    rows = list(csv.DictReader(io.StringIO(shell("export", "work-orders").stdout)))

    assert rows[0]["title"] == "'=HYPERLINK(1)"


def test_a_prediction_has_a_line_per_horizon(shell: Shell, make: Plant) -> None:
    pump = make.equipment()
    make.forecast(pump, risk=0.4)
    make.forecast(pump, mode="any", risk=0.5)

    rows = shell.json("export", "predictions", "--format", "json")

    assert [(row["component"], row["horizon_hours"], row["risk"]) for row in rows] == [
        (None, 24.0, 0.125),
        (None, 168.0, 0.5),
        (None, 336.0, 0.75),
        ("bearing", 24.0, 0.1),
        ("bearing", 168.0, 0.4),
        ("bearing", 336.0, pytest.approx(0.6)),
    ]


@pytest.mark.parametrize("table", ["equipment", "readings", "failures", "training-runs"])
def test_an_export_goes_to_a_file(shell: Shell, make: Plant, tmp_path: Path, table: str) -> None:
    make.order()
    make.run()
    target = tmp_path / "out.csv"

    done = shell("export", table, str(target))

    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert (done.exit_code, done.stdout) == (0, "")
    assert len(rows) == len(make.all(WorkOrder)) * (table in ("equipment", "training-runs"))
