"""Histories from and to pandas frames, for people who hold their records in frames.

The nights do not come this way: they read arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from models.history import (
    Events,
    Failures,
    HistoryError,
    MachineHistory,
    Outcomes,
    Series,
    Services,
)

Frames = Mapping[str, pd.DataFrame]
Table = TypeVar("Table", Series, Events, Services, Failures, Outcomes)

NUMBERS = frozenset({"value", "low", "high", "count"})
FLAGS = frozenset({"planned"})
TABLES: Mapping[str, type[Any]] = {
    "events": Events,
    "services": Services,
    "failures": Failures,
    "outcomes": Outcomes,
}


def history_from_frames(
    tag: str, class_code: str, until: pd.Timestamp, frames: Frames
) -> MachineHistory:
    """Return a history from frames with aware instants in their column `at`, in any order.

    `frames`: readings (at, role, value), events (at, code), services (at, component, planned,
    condition), failures (at, component), outcomes (at, component, outcome); any may be absent.
    Raise HistoryError for instants without a time zone.
    """
    if until.tzinfo is None:
        raise HistoryError("until: the instant needs a time zone.")
    readings = {}
    if "readings" in frames:
        by_role = frames["readings"].groupby("role")
        readings = {str(role): _table(Series, rows) for role, rows in by_role}
    tables: dict[str, Any] = {
        name: _table(kind, frames[name]) for name, kind in TABLES.items() if name in frames
    }
    micros = int(until.as_unit("us").asm8.astype(np.int64))
    return MachineHistory(tag, class_code, micros, readings, **tables)


def history_to_frames(history: MachineHistory) -> dict[str, pd.DataFrame]:
    """Return the tables as frames that `history_from_frames` takes; empty ones are left out."""
    frames = {name: _frame(getattr(history, name)) for name in TABLES}
    readings = [_frame(series).assign(role=role) for role, series in history.readings.items()]
    if readings:
        frames["readings"] = pd.concat(readings, ignore_index=True)
    return {name: frame for name, frame in frames.items() if len(frame)}


def _table(kind: type[Table], frame: pd.DataFrame) -> Table:
    """The columns of a frame, in order of time."""
    if frame["at"].dt.tz is None:
        raise HistoryError(f"{kind.__name__}: instants need a time zone.")
    rows = frame.sort_values("at", kind="stable")
    named = [column.name for column in fields(kind) if column.name in rows]
    columns: dict[str, Any] = {name: _column(rows[name]) for name in named}
    return kind(**columns)


def _column(column: pd.Series[Any]) -> Any:
    """One column as the array that a history holds."""
    if column.name == "at":
        instants = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return instants.to_numpy(dtype="datetime64[us]").astype(np.int64)
    if column.name in NUMBERS:
        return column.to_numpy(dtype=np.float64)
    return column.to_numpy(dtype=np.bool_ if column.name in FLAGS else np.str_)


def _frame(table: Series | Events | Services | Failures | Outcomes) -> pd.DataFrame:
    columns = {column.name: getattr(table, column.name) for column in fields(table)}
    frame = pd.DataFrame({name: part for name, part in columns.items() if part is not None})
    return frame.assign(at=pd.to_datetime(frame["at"], unit="us", utc=True))
