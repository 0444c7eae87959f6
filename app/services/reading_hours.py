"""Hours of readings, kept up to date with every batch, late ones too.

An hour that exists is built again from its raw rows, so the result does not depend on the order
of arrival. Only where raw rows are no longer kept is the new part merged into the old hour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from app.domain.instants import HOUR_US
from app.queries import readings as stored
from app.queries.readings import HOUR_ROW
from app.services import reading_rows
from app.services.reading_rows import HOURS, runs

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
HourRows = npt.NDArray[np.void]

_DELETE = "DELETE FROM reading_hour WHERE sensor_id = ? AND hour = ?"


def refresh(session: Session, sensor_ids: Ids, at: Ids, values: Floats) -> None:
    """Take new readings, sorted by sensor and instant and already written, into their hours."""
    ids: list[Ids] = []
    parts: list[HourRows] = []
    for start, end in runs(sensor_ids):
        sensor_id = int(sensor_ids[start])
        rows = aggregate(at[start:end], values[start:end])
        parts.append(_joined(session, sensor_id, rows))
        ids.append(np.full(len(rows), sensor_id))
    if not parts:
        return
    rows = np.concatenate(parts)
    columns = [np.ascontiguousarray(rows[name]) for name in HOUR_ROW.names or ()]
    reading_rows.write(session, HOURS, (np.concatenate(ids), *columns))


def aggregate(at: Ids, values: Floats) -> HourRows:
    """The hours of readings (n,) rising in time; hour h holds (h - 1, h]."""
    hour = -(-at // HOUR_US)
    starts = np.flatnonzero(np.r_[True, hour[1:] != hour[:-1]]) if len(at) else np.empty(0, int)
    ends = np.r_[starts[1:], len(at)] - 1 if len(at) else starts
    rows = np.zeros(len(starts), HOUR_ROW)
    if not len(at):
        return rows
    rows["hour"], rows["n"] = hour[starts], ends - starts + 1
    rows["mean"] = np.add.reduceat(values, starts) / rows["n"]
    rows["low"] = np.minimum.reduceat(values, starts)
    rows["high"] = np.maximum.reduceat(values, starts)
    rows["last"], rows["last_at"] = values[ends], at[ends]
    return rows


def merge(old: HourRows, new: HourRows) -> HourRows:
    """Two parts of the same hours as one (weighted mean, outer low and high, later last)."""
    rows = new.copy()
    rows["n"] = old["n"] + new["n"]
    rows["mean"] = (old["n"] * old["mean"] + new["n"] * new["mean"]) / rows["n"]
    rows["low"] = np.minimum(old["low"], new["low"])
    rows["high"] = np.maximum(old["high"], new["high"])
    is_old_later = old["last_at"] > new["last_at"]
    rows["last"] = np.where(is_old_later, old["last"], new["last"])
    rows["last_at"] = np.maximum(old["last_at"], new["last_at"])
    return rows


def _joined(session: Session, sensor_id: int, new: HourRows) -> HourRows:
    """*new* with what its hours held before; those old rows are removed."""
    first, last = int(new["hour"][0]), int(new["hour"][-1])
    old = stored.hour_rows(session, sensor_id=sensor_id, first=first, last=last)
    _, in_old, in_new = np.intersect1d(old["hour"], new["hour"], return_indices=True)
    if not len(in_old):
        return new
    _remove(session, sensor_id, old["hour"][in_old])
    joined = new.copy()
    merged = merge(old[in_old], new[in_new])
    joined[in_new] = _rebuilt(session, sensor_id, merged)
    return joined


def _rebuilt(session: Session, sensor_id: int, merged: HourRows) -> HourRows:
    """The same hours from raw rows, where those are still complete."""
    first, last = int(merged["hour"][0]) - 1, int(merged["hour"][-1])
    raw = stored.series(session, sensor_id=sensor_id, start=first * HOUR_US, end=last * HOUR_US)
    built = aggregate(raw.at, raw.value)
    _, in_built, in_merged = np.intersect1d(built["hour"], merged["hour"], return_indices=True)
    is_complete = built["n"][in_built] == merged["n"][in_merged]
    rows = merged.copy()
    rows[in_merged[is_complete]] = built[in_built[is_complete]]
    return rows


def _remove(session: Session, sensor_id: int, hours: Ids) -> None:
    connection = session.connection()
    statement = _DELETE if connection.dialect.name == "sqlite" else _DELETE.replace("?", "%s")
    cursor = connection.connection.cursor()
    cursor.executemany(statement, [(sensor_id, hour) for hour in hours.tolist()])
    cursor.close()
