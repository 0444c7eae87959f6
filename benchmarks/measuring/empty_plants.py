"""A plant without a machine, for whoever fills it: with CSV files, or with the sample plant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import PREFIX, from_env
from benchmarks.measuring.plants import ThrowAwayPlant
from benchmarks.measuring.report import say

NAMES = ("equipment", "sensors", "failures", "services")
ENDINGS = (".csv", ".csv.gz")
SHOWN_PROBLEMS = 3
WANTED = {
    "equipment": "one machine a row: tag, class and, if known, attributes",
    "sensors": "one sensor a row: equipment, code and, if known, role, unit, condition",
    "readings": "long (equipment, sensor, at, value) or wide (a time, then a column per sensor)",
    "failures": "one loss of function a row: equipment, at and, if known, component",
}


class BadFolder(Exception):
    """A folder that cannot be taken in; the message says which file, what, and what to do."""


@contextmanager
def empty_plant() -> Iterator[ThrowAwayPlant]:
    """A database with its tables and nothing in them, gone afterwards."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as kept:
        environment = outside | {f"{PREFIX}DATA_DIR": kept}
        plant = ThrowAwayPlant(from_env(environment), environment, {})
        plant.forewarn("db", "upgrade")
        yield plant


def import_folder(plant: ThrowAwayPlant, folder: Path) -> None:
    """Take in a folder of the product's own CSV files through `forewarn import`.

    Rows that are refused are told and left out; raise BadFolder for a missing file or column, or
    when nothing of a file could be taken.
    """
    for name, path in files_of(folder):
        say(f"importing {path.name} ...")
        more = ["--new-components"] if name in ("failures", "services") else []
        _take_in(plant, name, path, more)


def files_of(folder: Path) -> list[tuple[str, Path]]:
    """Return (kind, file) in the order of taking in; raise BadFolder naming what is missing."""
    if not folder.is_dir():
        raise BadFolder(f"{folder} is no folder; name the one that holds equipment.csv.")
    equipment, sensors, failures, services = (_named(folder, name) for name in NAMES)
    readings = sorted(path for end in ENDINGS for path in folder.glob(f"readings*{end}"))
    found = {"equipment": equipment, "sensors": sensors, "failures": failures}
    missing = [name for name, path in found.items() if path is None]
    missing += [] if readings else ["readings"]
    if missing:
        raise BadFolder(_missing(folder, missing[0]))
    one_each = [*found.items(), ("services", services)]
    files = [(name, path) for name, path in one_each if path is not None]
    return [*files[:2], *(("readings", path) for path in readings), *files[2:]]


def _named(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}{end}" for end in ENDINGS)
    return next((path for path in paths if path.exists()), None)


def _missing(folder: Path, name: str) -> str:
    pattern = "readings*.csv" if name == "readings" else f"{name}.csv"
    return f"{folder} has no {pattern} (or .csv.gz); add it, {WANTED[name]}."


def _take_in(plant: ThrowAwayPlant, name: str, path: Path, more: list[str]) -> None:
    command = [sys.executable, "-m", "app.cli", "import", name, str(path), "--json", *more]
    ended = subprocess.run(
        command, env=dict(plant.environment), capture_output=True, text=True, check=False
    )
    if not ended.stdout.strip():
        why = ended.stderr.strip().removeprefix("Error: ")
        advice = f"; {path.name} is {WANTED[name]}" if name in WANTED else ""
        raise BadFolder(f"{why}{advice}.")
    _tell_refused(path, json.loads(ended.stdout)[name])


def _tell_refused(path: Path, counts: dict[str, object]) -> None:
    problems = counts["problems"]
    assert isinstance(problems, list)
    shown = "; ".join(
        f"row {problem['row']}: {problem['column']} {problem['reason']}"
        for problem in problems[:SHOWN_PROBLEMS]
    )
    if not counts["accepted"] and not counts["duplicate"] and problems:
        raise BadFolder(f"Nothing of {path.name} could be taken in ({shown}); correct these rows.")
    if problems:
        say(f"{path.name}: rows were left out ({shown} ...)")
