"""The Azure sample: small files of its shape here, the public one itself in the deep tier."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.records import Failure, MachineEvent, ServiceRecord
from app.db.sensors import Sensor
from app.domain.batches import Verdict
from app.queries import readings

FILES = {
    "PdM_machines": '"machineID","model","age"\n1,"model3",18\n2,"model4",7\n',
    "PdM_errors": '"datetime","machineID","errorID"\n2015-01-03 07:00:00,1,"error1"\n',
    "PdM_maint": '"datetime","machineID","comp"\n2014-06-01 06:00:00,1,"comp2"\n'
    '2015-01-05 06:00:00,1,"comp4"\n',
    "PdM_failures": '"datetime","machineID","failure"\n2015-01-05 06:00:00,1,"comp4"\n',
    "PdM_telemetry_daily_mean": "machineID,window_start,window_end,volt,rotate,pressure,vibration\n"
    "1,2015-01-01 07:00:00,2015-01-02 06:00:00,170.6,446.3,96.8,39.7\n"
    "2,2015-01-01 07:00:00,2015-01-02 06:00:00,169.5,454.7,100.0,39.4\n",
    "PdM_telemetry_hourly_20m_90d": "datetime,machineID,volt,rotate,pressure,vibration\n"
    "2015-01-01 06:00:00,1,176.2,418.5,113.0,45.0\n",
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "sample"
    made.mkdir()
    for name, text in FILES.items():
        (made / f"{name}.csv").write_text(text)
    return made


@pytest.fixture
def forewarn(database, tmp_path):
    environment = {
        "FOREWARN_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "FOREWARN_DATA_DIR": str(tmp_path),
        "FOREWARN_SECRET_KEY": "k" * 48,
    }
    return lambda *words: CliRunner().invoke(
        main, ["import", "azure-pdm", *map(str, words), "--json"], env=environment
    )


def test_the_fleet_arrives_with_its_class_sensors_and_history(forewarn, folder, make):
    ended = forewarn(folder)

    accepted = {table: told["accepted"] for table, told in json.loads(ended.stdout).items()}
    facts = make.all(EquipmentClass)[0]
    assert ended.exit_code == 0
    assert {name: accepted[name] for name in ("equipment", "sensors", "readings")} == {
        "equipment": 2,
        "sensors": 8,
        "readings": 8,
    }
    assert (facts.step_minutes, facts.decision_minute, facts.windows) == (1440, 360, [1, 3, 7])
    assert [row.code for row in make.all(Component)] == ["comp1", "comp2", "comp3", "comp4"]
    assert all(row.is_comparable for row in make.all(SensorRole))
    machine = make.all(Equipment)[0]
    assert (machine.tag, machine.attributes) == ("M001", {"model": "model3", "age_years": 18})


def test_a_daily_mean_is_stamped_at_the_end_of_its_window(forewarn, folder, database, make):
    forewarn(folder)

    volt = make.all(Sensor, code="volt")[0]
    with database.reading() as session:
        found = readings.series(session, sensor_id=volt.id)
    assert found.value.tolist() == [170.6]
    assert found.at[0] == datetime(2015, 1, 2, 6, tzinfo=UTC).timestamp() * 1e6


def test_a_replacement_at_the_moment_of_a_failure_was_not_planned(forewarn, folder, make):
    forewarn(folder)

    planned = {row.at.year: row.is_planned for row in make.all(ServiceRecord)}
    failure = make.all(Failure)[0]
    assert planned == {2014: True, 2015: False}
    assert failure.recorded_at == failure.at == datetime(2015, 1, 5, 6, tzinfo=UTC)
    assert make.all(MachineEvent)[0].code == "error1"


def test_the_sample_sent_twice_adds_nothing(forewarn, folder):
    forewarn(folder)

    again = forewarn(folder)

    told = json.loads(again.stdout)
    assert again.exit_code == 0
    assert {told[table][verdict] for table in told for verdict in set(Verdict) - {"duplicate"}} == {
        0
    }


def test_hourly_telemetry_steps_by_the_hour(forewarn, folder, make):
    forewarn(folder, "--telemetry", "hourly")

    assert make.all(EquipmentClass)[0].step_minutes == 60


def test_hourly_and_daily_telemetry_are_not_mixed(forewarn, folder):
    forewarn(folder)

    ended = forewarn(folder, "--telemetry", "hourly")

    assert ended.exit_code == 2
    assert "another database" in ended.output


def test_a_folder_without_the_files_is_refused_and_nothing_kept(forewarn, folder, make):
    (folder / "PdM_failures.csv").unlink()

    ended = forewarn(folder)

    assert (ended.exit_code, make.all(Equipment)) == (2, [])


@pytest.mark.deep
def test_the_public_sample_is_taken_in_whole(forewarn):
    folder = Path(os.environ.get("FOREWARN_TEST_DATA_DIR", "../shared/data")) / "azure_pdm"
    if not folder.exists():
        pytest.skip("FOREWARN_TEST_DATA_DIR has no azure_pdm")

    told = json.loads(forewarn(folder).stdout)

    tables = ("equipment", "readings", "events", "services", "failures")
    assert [told[table]["accepted"] for table in tables] == [100, 146_000, 3_919, 3_286, 761]
