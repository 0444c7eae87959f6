"""`forewarn import`: what a file brings, what is refused by row, and that twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.db import Database
from app.db.equipment import Component, DataVersion, Equipment, EquipmentClass, SensorRole
from app.db.places import Site
from app.db.readings import ReadingBatch
from app.db.records import Failure, ServiceRecord
from app.db.sensors import Sensor
from app.domain.batches import Verdict
from app.queries import readings

EXAMPLES = Path(__file__).parents[2] / "sample_data" / "examples"
Command = Callable[..., Result]


@pytest.fixture
def forewarn(database: Database, tmp_path: Path) -> Command:
    """Run the command line on the test's database."""
    environment = {
        "FOREWARN_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "FOREWARN_DATA_DIR": str(tmp_path),
        "FOREWARN_SECRET_KEY": "k" * 48,
    }
    return lambda *words: CliRunner().invoke(
        main, [str(word) for word in words], env=environment, catch_exceptions=False
    )


@pytest.fixture
def plant(forewarn: Command) -> Command:
    """The example pump with its sensors; runs further commands."""
    for table in ("equipment", "sensors"):
        assert forewarn("import", table, EXAMPLES / f"{table}.csv").exit_code == 0
    return forewarn


def report(ended: Result, table: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.stdout)[table]
    return found


def file_of(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text)
    return path


def test_the_examples_are_taken_in_whole(plant, make):
    for table, words in {
        "readings": (),
        "failures": ("--new-components",),
        "services": ("--new-components",),
    }.items():
        ended = plant("import", table, EXAMPLES / f"{table}.csv", "--json", *words)
        assert (ended.exit_code, report(ended, table)["problems"]) == (0, [])

    pump = make.all(Equipment)[0]
    assert (pump.tag, pump.make, pump.criticality) == ("P-101", "Halden", "A")
    assert len(make.all(Sensor)) == len(make.all(SensorRole)) == 5
    assert len(make.all(Failure)) == 6
    assert [row.is_planned for row in make.all(ServiceRecord)].count(True) >= 1


@pytest.mark.parametrize("table", ["equipment", "sensors", "readings", "failures", "services"])
def test_a_file_sent_twice_adds_nothing(plant, make, table):
    words = ("--new-components",) if table in ("failures", "services") else ()
    first = plant("import", table, EXAMPLES / f"{table}.csv", "--json", *words)
    version = make.all(DataVersion)[0].version

    again = plant("import", table, EXAMPLES / f"{table}.csv", "--json", *words)

    sent = sum(report(first, table)[verdict] for verdict in Verdict)
    assert again.exit_code == 0
    assert report(again, table)["duplicate"] == sent > 0
    assert make.all(DataVersion)[0].version == version


def test_a_dry_run_reports_and_keeps_nothing(plant, make, tmp_path):
    ended = plant("import", "readings", EXAMPLES / "readings.csv", "--dry-run", "--json")

    assert report(ended, "readings")["accepted"] == 598
    assert make.all(ReadingBatch) == []


def test_json_is_one_document_and_nothing_else(plant):
    ended = plant("import", "readings", EXAMPLES / "readings.csv", "--json")

    assert list(json.loads(ended.stdout)) == ["readings"]
    assert set(report(ended, "readings")) == {*(v.value for v in Verdict), "problems"}


def test_a_machine_told_otherwise_stays_as_it_is_and_is_named(plant, make, tmp_path):
    file = file_of(
        tmp_path,
        "tag,class,name,make\nP-101,pump,Cooling water pump 1,Tolvan\nP-102,pump,Pump 2,Tolvan\n",
    )

    ended = plant("import", "equipment", file, "--json")

    told = report(ended, "equipment")
    assert (ended.exit_code, told["accepted"], told["conflict"]) == (1, 1, 1)
    assert told["problems"][0] == {
        "row": 2,
        "column": "make",
        "reason": "is Halden on record, not Tolvan; it stays",
    }
    assert make.all(Equipment, tag="P-101")[0].make == "Halden"


def test_a_bad_row_is_named_and_the_others_are_taken(forewarn, make, tmp_path):
    file = file_of(
        tmp_path,
        "tag,class,criticality,attribute.age\nP-1,pump,A,7\nP-2,pump,Z,\n,pump,A,\nP-4,pump,B,old\n",
    )

    ended = forewarn("import", "equipment", file, "--json")

    told = report(ended, "equipment")
    assert (ended.exit_code, told["accepted"], told["rejected"]) == (1, 2, 2)
    assert [(p["row"], p["column"]) for p in told["problems"]] == [(3, "criticality"), (4, "tag")]
    assert [row.attributes for row in make.all(Equipment)] == [{"age": 7.0}, {"age": "old"}]


@pytest.mark.parametrize("header", ["tag,klass", "tag", "tag,class,colour"])
def test_a_header_that_does_not_fit_changes_nothing(forewarn, make, tmp_path, header):
    ended = forewarn("import", "equipment", file_of(tmp_path, f"{header}\nP-1,pump,x\n"))

    assert ended.exit_code == 2
    assert make.all(Equipment) == []


def test_the_first_machine_opens_a_site_that_keeps_the_plants_time(forewarn, make, tmp_path):
    forewarn("import", "equipment", file_of(tmp_path, "tag,class\nP-1,pump\n"))

    assert [(row.code, row.timezone) for row in make.all(Site)] == [("main", "UTC")]
    assert make.all(EquipmentClass)[0].windows == [3, 24, 72, 168]


def test_among_several_sites_a_file_must_say_which(forewarn, make, tmp_path):
    for site in ("north", "south"):
        make.equipment(tag="P-1", site=site)
    file = file_of(tmp_path, "equipment,at\nP-1,2026-01-01\n")

    unsaid = forewarn("import", "failures", file)
    said = forewarn("import", "failures", file, "--site", "south")

    assert (unsaid.exit_code, said.exit_code) == (2, 0)
    assert make.all(Failure)[0].equipment_id == make.equipment(tag="P-1", site="south").id


def test_a_component_nobody_knows_is_refused_unless_it_may_be_added(plant, make):
    refused = plant("import", "failures", EXAMPLES / "failures.csv", "--json")

    assert (refused.exit_code, report(refused, "failures")["rejected"]) == (1, 6)
    assert make.all(Component) == make.all(Failure) == []


def test_history_may_count_as_known_from_now_on_only(plant, make):
    plant("import", "failures", EXAMPLES / "failures.csv", "--new-components", "--known", "now")

    row = make.all(Failure)[0]
    assert row.recorded_at > row.at


def test_a_wide_file_has_a_column_for_each_sensor(plant, database, make, tmp_path):
    file = file_of(
        tmp_path,
        "time;P-101.vibration;P-101.flow\n2026-01-01 01:00;2,5;100\n2026-01-01 02:00;;101,5\n",
    )

    ended = plant("import", "readings", file, "--json")

    assert (ended.exit_code, report(ended, "readings")["accepted"]) == (0, 3)
    flow = make.all(Sensor, code="flow")[0]
    with database.reading() as session:
        assert readings.series(session, sensor_id=flow.id).value.tolist() == [100.0, 101.5]


def test_a_map_explains_the_columns_of_a_wide_file(plant, make, tmp_path):
    mapping = tmp_path / "map.csv"
    mapping.write_text("column,equipment,sensor\nPT4711,P-101,discharge_pressure\n")
    file = file_of(tmp_path, "Timestamp,PT4711\n2026-01-01T01:00:00Z,6.4\n")

    ended = plant("import", "readings", file, "--map", mapping, "--json")

    assert report(ended, "readings")["accepted"] == 1


def test_every_verdict_of_a_file_of_readings_is_counted_and_named(plant, tmp_path):
    file = file_of(
        tmp_path,
        "equipment,sensor,at,value\n"
        "P-101,vibration,2026-01-01T01:00:00Z,2.5\n"
        "P-101,vibration,2026-01-01T01:00:00Z,2.5\n"
        "P-101,vibration,2026-01-01T01:00:00Z,3.5\n"
        "P-101,vibration,2026-01-01T02:00:00Z,-4\n"
        "P-101,smell,2026-01-01T02:00:00Z,1\n"
        "P-101,vibration,01/02/2026,1\n"
        "P-101,vibration,2026-01-01T03:00:00Z,much\n"
        "P-101,vibration,2026-01-01T04:00:00Z\n",
    )

    ended = plant("import", "readings", file, "--json")

    told = report(ended, "readings")
    assert ended.exit_code == 1
    assert [told[v] for v in Verdict] == [1, 1, 1, 1, 4]
    assert sorted(problem["row"] for problem in told["problems"]) == [4, 5, 6, 7, 8, 9]


def test_local_times_are_those_of_the_site(plant, database, make, tmp_path):
    file = file_of(tmp_path, "equipment,sensor,at,value\nP-101,flow,2026-07-01 12:00,1\n")

    plant("import", "readings", file, "--timezone", "Europe/Berlin")

    assert make.all(ReadingBatch)[0].first_at == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_a_file_of_something_else_is_refused(plant, make, tmp_path):
    ended = plant("import", "readings", file_of(tmp_path, "recipe,flour\ncake,500\n"))

    assert ended.exit_code == 2
    assert make.all(ReadingBatch) == []
