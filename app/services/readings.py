"""The deed that stores readings: any number of sensors, any order, millions of rows.

Judging is vectorised; writing goes below the ORM (`app.services.reading_rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.readings import ReadingBatch
from app.db.sensors import Sensor
from app.domain.batches import LISTED_PROBLEMS, Counts, Problem, Verdict
from app.domain.instants import from_micros, to_micros
from app.domain.roles import Actor
from app.domain.sensors import SENSOR_KINDS
from app.queries import readings as stored
from app.services import audit, reading_hours, reading_rows
from app.services.equipment import bump, hold

Ids = npt.NDArray[np.int64]
Instants = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Reasons = npt.NDArray[np.int8]

FUTURE_LIMIT = timedelta(days=1)

# What can be wrong with a row, in the order of looking; 0 = nothing.
FINE, UNKNOWN, RETIRED, NOT_FINITE, BEFORE_1970, FUTURE, TURNED, IMPLAUSIBLE, KNOWN, DIFFERENT = (
    range(10)
)
_VERDICTS = {
    FINE: Verdict.ACCEPTED,
    UNKNOWN: Verdict.REJECTED,
    RETIRED: Verdict.REJECTED,
    NOT_FINITE: Verdict.REJECTED,
    BEFORE_1970: Verdict.REJECTED,
    FUTURE: Verdict.QUARANTINED,
    TURNED: Verdict.QUARANTINED,
    IMPLAUSIBLE: Verdict.QUARANTINED,
    KNOWN: Verdict.DUPLICATE,
    DIFFERENT: Verdict.CONFLICT,
}
_SET_APART = [code for code, verdict in _VERDICTS.items() if verdict is Verdict.QUARANTINED]
_WORDS = {
    UNKNOWN: ("sensor", "is not known"),
    RETIRED: ("sensor", "was retired and takes no more readings"),
    NOT_FINITE: ("value", "is not a finite number"),
    BEFORE_1970: ("at", "lies before 1970"),
    FUTURE: ("at", "lies more than a day in the future"),
    TURNED: (
        "value",
        "cannot be true for this kind of sensor; with the other sign it could: is the sign turned?",
    ),
    IMPLAUSIBLE: ("value", "cannot be true for this kind of sensor"),
    DIFFERENT: ("value", "differs from the one on record, which stays"),
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What must be known of each sensor of a batch; parallel arrays, `ids` rising."""

    ids: Ids
    equipment: Ids
    low: Floats
    high: Floats
    is_active: npt.NDArray[np.bool_]


def store(
    session: Session,
    *,
    sensor_ids: Ids,
    at: Instants,
    values: Floats,
    source: str,
    now: datetime,
    by: Actor,
    arrived_at: datetime | None = None,
) -> Counts:
    """Store a batch; three parallel arrays (n,), *at* in microseconds UTC, in any order.

    1. Refuse what is no reading (unknown sensor, NaN); set apart what cannot be true.
    2. Of the rows of one instant the first is kept, before all the one on record.
    3. Write the rest, its hours and the machines' data versions.

    Problems name rows by their place in the arrays. Never raises for a bad row.
    """
    sensor_ids, at = np.asarray(sensor_ids, np.int64), np.asarray(at, np.int64)
    values = np.asarray(values, np.float64) + 0.0  # -0.0 becomes 0.0
    facts = _facts(session, sensor_ids, by)
    place = np.searchsorted(facts.ids, sensor_ids)
    reasons = _first_look(facts, place, sensor_ids, at, values, now)
    hold(session, np.unique(facts.equipment).tolist())
    candidates = _in_order(sensor_ids, at, np.flatnonzero(reasons == FINE))
    kept = _compare(session, sensor_ids, at, values, candidates, reasons)
    fresh = candidates[reasons[candidates] == FINE]
    reading_rows.insert(session, sensor_ids[fresh], at[fresh], values[fresh])
    reading_hours.refresh(session, sensor_ids[fresh], at[fresh], values[fresh])
    counts = _counts(reasons)
    batch_id = _record_batch(session, counts, at[fresh], source, arrived_at or now, now, by)
    _set_apart(session, batch_id, sensor_ids, at, values, kept, reasons)
    bump(session, np.unique(facts.equipment[place[fresh]]).tolist())
    return counts


def _facts(session: Session, sensor_ids: Ids, by: Actor) -> _Facts:
    ids = np.unique(sensor_ids)
    asked = (
        sa.select(Sensor.id, Sensor.equipment_id, Sensor.kind, Sensor.is_active, Equipment.site_id)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .where(Sensor.id >= int(ids[0]) if len(ids) else sa.false())
        .order_by(Sensor.id)
    )
    wanted = set(ids.tolist())
    rows = [row for row in session.execute(asked) if row.id in wanted]
    rows = [row for row in rows if by.scope.sees(row.site_id)]
    kinds = [SENSOR_KINDS[row.kind] for row in rows]
    return _Facts(
        np.array([row.id for row in rows], np.int64),
        np.array([row.equipment_id for row in rows], np.int64),
        np.array([kind.low for kind in kinds], np.float64),
        np.array([kind.high for kind in kinds], np.float64),
        np.array([row.is_active for row in rows], np.bool_),
    )


def _first_look(
    facts: _Facts, place: Ids, sensor_ids: Ids, at: Instants, values: Floats, now: datetime
) -> Reasons:
    """Judge every row by itself; sets *place* to 0 where the sensor is unknown."""
    if not len(facts.ids):
        return np.full(len(at), UNKNOWN, np.int8)
    place[place == len(facts.ids)] = 0
    latest = to_micros(now + FUTURE_LIMIT)
    low, high = facts.low[place], facts.high[place]
    with np.errstate(invalid="ignore"):
        implausible = (values < low) | (values > high)
        is_turned = implausible & (low <= -values) & (-values <= high)
    return np.select(
        [
            facts.ids[place] != sensor_ids,
            ~facts.is_active[place],
            ~np.isfinite(values),
            at < 0,
            at > latest,
            is_turned,
            implausible,
        ],
        [UNKNOWN, RETIRED, NOT_FINITE, BEFORE_1970, FUTURE, TURNED, IMPLAUSIBLE],
        FINE,
    ).astype(np.int8)


def _in_order(sensor_ids: Ids, at: Instants, rows: Ids) -> Ids:
    """The rows by sensor, then instant, then arrival."""
    ids, when = sensor_ids[rows], at[rows]
    rising = (ids[1:] > ids[:-1]) | ((ids[1:] == ids[:-1]) & (when[1:] >= when[:-1]))
    return rows if rising.all() else rows[np.lexsort((when, ids))]


def _compare(
    session: Session, sensor_ids: Ids, at: Instants, values: Floats, rows: Ids, reasons: Reasons
) -> Floats:
    """Mark what is known or different in *reasons*; return the value that was kept instead."""
    kept = np.zeros(len(at))
    if not len(rows):
        return kept
    ids, when = sensor_ids[rows], at[rows]
    is_first = np.r_[True, (ids[1:] != ids[:-1]) | (when[1:] != when[:-1])]
    group = np.cumsum(is_first) - 1
    first = rows[is_first]
    on_record, recorded = _on_record(session, sensor_ids[first], at[first])
    reference = np.where(on_record, recorded, values[first])
    kept[rows] = reference[group]
    taken = ~is_first | on_record[group]
    same = values[rows] == kept[rows]
    reasons[rows[taken & same]] = KNOWN
    reasons[rows[taken & ~same]] = DIFFERENT
    return kept


def _on_record(session: Session, ids: Ids, when: Instants) -> tuple[npt.NDArray[np.bool_], Floats]:
    """For distinct rows by sensor and instant: is there a value on record, and which."""
    found, recorded = np.zeros(len(ids), np.bool_), np.zeros(len(ids))
    for start, end in reading_rows.runs(ids):
        held = stored.series(
            session, sensor_id=int(ids[start]), start=int(when[start]) - 1, end=int(when[end - 1])
        )
        if not len(held.at):
            continue
        spot = np.minimum(np.searchsorted(held.at, when[start:end]), len(held.at) - 1)
        found[start:end] = held.at[spot] == when[start:end]
        recorded[start:end] = held.value[spot]
    return found, recorded


def _counts(reasons: Reasons) -> Counts:
    totals = dict.fromkeys(Verdict, 0)
    for reason, number in zip(*np.unique(reasons, return_counts=True), strict=True):
        totals[_VERDICTS[int(reason)]] += int(number)
    bad = np.flatnonzero((reasons != FINE) & (reasons != KNOWN))[:LISTED_PROBLEMS]
    problems = tuple(Problem(int(row), *_WORDS[int(reasons[row])]) for row in bad)
    return Counts(**{verdict.value: n for verdict, n in totals.items()}, problems=problems)


def _record_batch(
    session: Session,
    counts: Counts,
    at: Instants,
    source: str,
    arrived_at: datetime,
    now: datetime,
    by: Actor,
) -> int:
    numbers = {verdict.value: getattr(counts, verdict) for verdict in Verdict}
    batch = ReadingBatch(
        arrived_at=arrived_at,
        source=source,
        first_at=from_micros(int(at.min())) if len(at) else None,
        last_at=from_micros(int(at.max())) if len(at) else None,
        **numbers,
    )
    session.add(batch)
    session.flush()
    audit.record(
        session,
        entity="reading_batch",
        entity_id=batch.id,
        action="store",
        changes={"source": source, **numbers},
        now=now,
        by=by,
    )
    return batch.id


def _set_apart(
    session: Session,
    batch_id: int,
    sensor_ids: Ids,
    at: Instants,
    values: Floats,
    kept: Floats,
    reasons: Reasons,
) -> None:
    """List conflicts and quarantined rows; what was listed before is not listed again."""
    conflicts = [
        {
            "sensor_id": int(sensor_ids[row]),
            "at": int(at[row]),
            "kept": float(kept[row]),
            "offered": float(values[row]),
            "batch_id": batch_id,
        }
        for row in np.flatnonzero(reasons == DIFFERENT)
    ]
    doubtful = [
        {
            "sensor_id": int(sensor_ids[row]),
            "at": int(at[row]),
            "value": float(values[row]),
            "reason": _WORDS[int(reasons[row])][1],
            "batch_id": batch_id,
        }
        for row in np.flatnonzero(np.isin(reasons, _SET_APART))
    ]
    reading_rows.list_apart(session, conflicts, doubtful)
