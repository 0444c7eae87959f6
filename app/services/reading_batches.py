"""A delivery of readings by a program: sensors found by their names, then stored like any other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from app.domain.batches import LISTED_PROBLEMS, Counts, Problem
from app.domain.roles import Actor
from app.inputs.reading_batches import NOBODY, Name, ReadingBatch
from app.queries import sensors
from app.services import readings

_AMBIGUOUS = "is at several sites under this name; send the sensor's id"


def take(session: Session, *, batch: ReadingBatch, source: str, now: datetime, by: Actor) -> Counts:
    """Store what can be read; the counts add up to the rows sent, problems name their places."""
    problems = dict(batch.problems)
    ids = _ids(session, batch.sensors, problems, by)
    kept = np.array([place for place in range(len(ids)) if place not in problems], np.int64)
    counts = readings.store(
        session,
        sensor_ids=ids[kept],
        at=batch.at[kept],
        values=batch.values[kept],
        source=source,
        now=now,
        by=by,
    )
    told = [Problem(int(kept[p.row]), p.column, p.reason) for p in counts.problems]
    listed = _by_place([*problems.values(), *told])
    return counts.with_problems(()) + Counts(rejected=len(problems), problems=listed)


def _ids(
    session: Session,
    given: Sequence[int | Name],
    problems: dict[int, Problem],
    by: Actor,
) -> npt.NDArray[np.int64]:
    """The sensor of each row; names that several sites use are added to *problems*."""
    names = {sensor for sensor in given if isinstance(sensor, tuple)}
    known = sensors.ids_by_name(session, scope=by.scope, names=names) if names else {}
    ids = np.zeros(len(given), np.int64)
    for place, sensor in enumerate(given):
        found = (sensor,) if isinstance(sensor, int) else known.get(sensor, ())
        if len(found) > 1:
            problems.setdefault(place, Problem(place, "sensor", _AMBIGUOUS))
        ids[place] = found[0] if len(found) == 1 else NOBODY
    return ids


def _by_place(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.row))[:LISTED_PROBLEMS]
