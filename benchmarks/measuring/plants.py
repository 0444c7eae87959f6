"""A throw-away plant: an empty SQLite database, filled through the product's own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from app.cli.train import artifact_key
from app.config import PREFIX, Settings, from_env
from app.db import Database
from benchmarks.measuring.report import say

TABLES = ("PdM_machines", "PdM_telemetry_daily_mean", "PdM_errors", "PdM_maint", "PdM_failures")
FULL_SIZE = 100
# The end of the last window of telemetry: everything in the set is known by then.
LAST_DECISION = datetime(2016, 1, 1, 6, tzinfo=UTC)


class NoData(Exception):
    """The public data set is not on this machine."""


@dataclass(frozen=True)
class ThrowAwayPlant:
    """A filled database, the settings that lead to it and the environment that gives them."""

    settings: Settings
    environment: Mapping[str, str]
    imported: Mapping[str, Mapping[str, object]]

    def database(self) -> Database:
        """A way in that survives forking: connections are not pooled."""
        return Database(self.settings.database_url, pooled=False)

    @property
    def key(self) -> bytes:
        """What this installation signs its predictors with."""
        return artifact_key(self.settings.secret_key)

    def forewarn(self, *words: str) -> str:
        """Run a command of the product in a process of its own; return what it printed."""
        return _forewarn(words, self.environment)


def azure_folder(given: str | None) -> Path:
    """Return the folder of the PdM_*.csv files; raise NoData saying what is missing."""
    root = Path(given or os.environ.get("FOREWARN_TEST_DATA_DIR") or "../shared/data")
    folder = root / "azure_pdm" if (root / "azure_pdm").exists() else root
    for name in TABLES:
        _found(folder, name)
    return folder


@contextmanager
def throw_away_plant(folder: Path, machines: int = FULL_SIZE) -> Iterator[ThrowAwayPlant]:
    """The Azure fleet in an empty database: its first machines, or copies beyond the hundredth."""
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as kept:
        source = folder if machines == FULL_SIZE else _resized(folder, machines, Path(kept) / "csv")
        environment = _environment(Path(kept) / "data")
        _forewarn(["db", "upgrade"], environment)
        say(f"importing {machines} machines ...")
        told = _forewarn(["import", "azure-pdm", str(source), "--json"], environment)
        yield ThrowAwayPlant(from_env(environment), environment, json.loads(told))


def _resized(folder: Path, machines: int, into: Path) -> Path:
    """Write the same files for the first `machines` numbers; beyond 100 the fleet repeats."""
    into.mkdir()
    for name in TABLES:
        whole = pd.read_csv(_found(folder, name))
        copies = range(-(-machines // FULL_SIZE))
        parts = [whole.assign(machineID=whole["machineID"] + FULL_SIZE * copy) for copy in copies]
        every = pd.concat(parts)
        every[every["machineID"] <= machines].to_csv(into / f"{name}.csv", index=False)
    return into


def _found(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.exists():
            return path
    raise NoData(f"{folder} holds no {name}.csv; name the folder of the Azure PdM sample")


def _environment(data_dir: Path) -> dict[str, str]:
    """This process's environment without its own installation's settings."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return outside | {f"{PREFIX}DATA_DIR": str(data_dir)}


def _forewarn(words: list[str] | tuple[str, ...], environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "app.cli", *words]
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return ended.stdout
