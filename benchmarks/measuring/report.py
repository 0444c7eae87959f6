"""Results on standard output: one JSON object, or a table for people."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

STARTED = time.monotonic()
PACKAGES = ("forewarn", "numpy", "scikit-learn", "SQLAlchemy", "joblib")

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead.")
data_folder = click.argument("folder", metavar="[DIR]", required=False, type=click.Path())


def versions() -> dict[str, str]:
    """What was measured, on what."""
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores"
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return found | {name: _version(name) for name in PACKAGES} | {"machine": machine}


def tell(report: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a report with the day it was measured on."""
    stamped = {**report, "measured_on": datetime.now(UTC).date().isoformat()}
    print(json.dumps(stamped) if as_json else "\n".join(_lines(stamped)))


def say(text: str) -> None:
    """Progress, for whoever waits, with the seconds since the start."""
    print(f"{time.monotonic() - STARTED:7.1f} s  {text}", file=sys.stderr, flush=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "not installed"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    """One line per number; a mapping of mappings becomes a table of its own at the end."""
    tables = {name: rows for name, rows in report.items() if _is_table(rows)}
    for name, value in report.items():
        if name not in tables:
            yield f"{name:<34}{_text(value)}"
    for name, rows in tables.items():
        yield ""
        yield from _table(name, rows)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(row, Mapping) for row in value.values())


def _table(name: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    widths = [max(len(column), 8) + 2 for column in columns]
    heads = zip(columns, widths, strict=True)
    yield f"{name:<18}" + "".join(f"{column:>{width}}" for column, width in heads)
    for row_name, row in rows.items():
        cells = zip(columns, widths, strict=True)
        yield f"{row_name:<18}" + "".join(f"{_text(row.get(c)):>{w}}" for c, w in cells)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    return str(value)
