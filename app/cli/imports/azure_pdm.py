"""`forewarn import azure-pdm DIR`: the public Azure fleet of 100 machines, through the same deeds.

Its files are those of Microsoft's sample (PdM_*.csv, also gzipped). A row of daily telemetry is the
mean of 24 hourly readings, stamped at the end of its window (06:00 UTC), when the class decides
too: so the row is known at the decision, and a failure stamped 06:00 lies after it.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import pandas as pd

from app.cli.imports.azure_facts import (
    COMPONENTS,
    MACHINE_CLASS,
    SENSORS,
    SITE,
    TEAM,
    TELEMETRY,
    tag,
)
from app.cli.imports.options import Import, importing, known_option, reporting
from app.cli.imports.report import finish
from app.domain.batches import Problem
from app.domain.errors import InvalidInput
from app.domain.instants import from_micros
from app.inputs.equipment import CreateEquipment
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.inputs.sensors import CreateSensor
from app.services import readings, records
from app.services.imports.register import Register
from app.services.imports.tables import add

Whole = npt.NDArray[np.int64]


@click.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--telemetry", type=click.Choice(list(TELEMETRY)), default="daily", show_default=True)
@known_option
@reporting
def command(folder: Path, telemetry: str, known: str, is_dry_run: bool, as_json: bool) -> None:
    """Import the Azure PdM sample from DIR: machines, telemetry, errors, maintenance, failures."""
    with importing(is_dry_run=is_dry_run) as work, work.pieces.piece() as session:
        register = Register(session, now=work.now, by=work.by)
        machines = _register_machines(register, folder, telemetry)
        _store_telemetry(register, work, folder, telemetry, machines)
        _record_history(register, work, folder, machines, Known(known))
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)


def _register_machines(register: Register, folder: Path, telemetry: str) -> dict[int, int]:
    """Ids by the sample's machine number; class, site, crew and sensors are added on the way."""
    facts = MACHINE_CLASS[telemetry]
    site_id = register.site(SITE, name="Azure PdM sample")
    team_id = register.team(site_id, TEAM)
    class_id = register.equipment_class(facts.code, facts)
    register.require_step(class_id, facts)
    for code in COMPONENTS:
        register.component(class_id, code, f"Component {code[-1]}")
    roles = {
        code: register.role(class_id, code, name=name, unit=unit, is_comparable=True)
        for code, (name, _, unit) in SENSORS.items()
    }
    found: dict[int, int] = {}
    for row, (number, model, age) in enumerate(_table(folder, "PdM_machines").to_numpy(), start=2):
        given = CreateEquipment(
            site_id=site_id,
            equipment_class_id=class_id,
            team_id=team_id,
            tag=tag(number),
            name=f"Machine {number}",
            model=model,
            attributes={"model": model, "age_years": int(age)},
        )
        found[int(number)] = register.equipment(given, row)
        _register_sensors(register, found[int(number)], roles)
    return found


def _register_sensors(register: Register, machine_id: int, roles: dict[str, int]) -> None:
    for code, (name, kind, unit) in SENSORS.items():
        given = CreateSensor(equipment_id=machine_id, code=code, name=name, kind=kind, unit=unit)
        register.sensor(given, roles[code])


def _store_telemetry(
    register: Register, work: Import, folder: Path, telemetry: str, machines: dict[int, int]
) -> None:
    names, stamp = TELEMETRY[telemetry]
    frame = _table(folder, *names)
    owners = frame["machineID"].map(machines).fillna(0).astype(int)
    at = _micros(frame[stamp])
    for code in SENSORS:
        sensor_ids = owners.map(lambda owner, code=code: register.sensor_id(owner, code))
        counts = readings.store(
            register.session,
            sensor_ids=sensor_ids.to_numpy(np.int64),
            at=at,
            values=frame[code].to_numpy(np.float64),
            source=f"azure-pdm {telemetry} {code}",
            now=work.now,
            by=work.by,
        )
        located = tuple(Problem(p.row + 2, code, p.reason) for p in counts.problems)
        add(register.tables, "readings", counts.with_problems(located))


def _record_history(
    register: Register, work: Import, folder: Path, machines: dict[int, int], known: Known
) -> None:
    """Errors, replacements and failures; a replacement without a failure then was planned."""
    session, now, by = register.session, work.now, work.by
    errors, replaced, failed = (
        _rows(_table(folder, name)) for name in ("PdM_errors", "PdM_maint", "PdM_failures")
    )
    class_id = register.equipment_class(MACHINE_CLASS["daily"].code)
    part = {code: register.component(class_id, code) for code in COMPONENTS}
    events = [
        RecordEvent(equipment_id=machines[m], at=from_micros(at), code=code)
        for at, m, code in errors
    ]
    add(register.tables, "events", records.add_events(
        session, events=events, known=known, now=now, by=by))  # fmt: skip
    broken = set(failed)
    services = [
        RecordService(
            equipment_id=machines[row[1]],
            component_id=part[row[2]],
            at=from_micros(row[0]),
            is_planned=row not in broken,
        )
        for row in replaced
    ]
    add(register.tables, "services", records.add_services(
        session, services=services, known=known, now=now, by=by))  # fmt: skip
    failures = [
        RecordFailure(equipment_id=machines[m], component_id=part[code], at=from_micros(at))
        for at, m, code in failed
    ]
    add(register.tables, "failures", records.add_failures(
        session, failures=failures, known=known, now=now, by=by))  # fmt: skip


def _table(folder: Path, *names: str) -> pd.DataFrame:
    """The first of these files that is there, plain or gzipped; raise InvalidInput."""
    for name in names:
        for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
            if path.exists():
                return pd.read_csv(path)
    raise InvalidInput({str(folder): f"has no {' or '.join(names)} (.csv or .csv.gz)"})


def _rows(frame: pd.DataFrame) -> list[tuple[int, int, str]]:
    """(microseconds, machine number, code) of each row."""
    _, machine, code = frame.columns
    columns = (_micros(frame["datetime"]), frame[machine], frame[code])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _micros(column: pd.Series[str]) -> Whole:
    """The sample's stamps are UTC."""
    return pd.to_datetime(column).to_numpy("datetime64[us]").view(np.int64)
