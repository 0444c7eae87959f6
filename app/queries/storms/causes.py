"""What the machines of a storm have in common: the likely cause, in one sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import SensorRole
from app.db.imports import ImportFile, ImportState
from app.db.readings import ReadingBatch, ReadingQuarantine
from app.db.sensors import Sensor, SensorAssignment
from app.queries.candidates import Candidate

# What so many of a storm's machines share may be its cause.
MOST = 0.6
# How far back a delivery or an exchange of sensors may lie.
LOOK_BACK = timedelta(days=7)
NOTHING = "No common cause was found."
_MOMENT = "%d %b %Y %H:%M UTC"


@dataclass(frozen=True, slots=True)
class _Move:
    """A reading that moved the same way on `machines` of the storm's `total`."""

    role: str
    name: str
    is_above: bool
    machines: int
    total: int

    @property
    def sentence(self) -> str:
        """Vibration is above its normal on 5 of 6 machines"""
        side = "above" if self.is_above else "below"
        return f"{self.name} is {side} its normal on {self.machines} of {self.total} machines"


def likely_cause(
    session: Session,
    *,
    wanted: Sequence[Candidate],
    site_id: int,
    at: datetime,
    drift: str = "",
) -> str:
    """The best explanation found for so many suggestions at once; NOTHING when there is none.

    *drift* is what tonight's comparison said of the class. In this order: sensors exchanged,
    values that cannot be true, surroundings, readings newly delivered, readings that left the
    learned range, one common move.
    """
    move = _common_move(wanted)
    finders: tuple[Callable[[], str], ...] = (
        partial(_exchanged, session, wanted, at),
        partial(_impossible, session, wanted, at),
        partial(_surroundings, session, wanted, move),
        partial(_delivered, session, site_id, move, drift, at),
        partial(_drifted, drift),
        partial(_moved, move),
    )
    return next((cause for finder in finders if (cause := finder())), NOTHING)


def _exchanged(session: Session, wanted: Sequence[Candidate], at: datetime) -> str:
    machines = {candidate.equipment_id for candidate in wanted}
    changed = session.scalar(
        sa.select(sa.func.count(sa.distinct(Sensor.equipment_id)))
        .join(SensorAssignment, SensorAssignment.sensor_id == Sensor.id)
        .where(
            Sensor.equipment_id.in_(machines),
            SensorAssignment.started_at > at - LOOK_BACK,
            SensorAssignment.started_at <= at,
        )
    )
    if not changed or changed < MOST * len(machines):
        return ""
    return (
        f"Sensors of {changed} of the {len(machines)} machines were exchanged or assigned anew in"
        f" the last {LOOK_BACK.days} days."
    )


def _impossible(session: Session, wanted: Sequence[Candidate], at: datetime) -> str:
    """Values set apart because they cannot be true, as of a sign that was turned round."""
    machines = {candidate.equipment_id for candidate in wanted}
    number, batch_id = session.execute(
        sa.select(
            sa.func.count(sa.distinct(Sensor.equipment_id)), sa.func.max(ReadingQuarantine.batch_id)
        )
        .join(Sensor, Sensor.id == ReadingQuarantine.sensor_id)
        .join(ReadingBatch, ReadingBatch.id == ReadingQuarantine.batch_id)
        .where(
            Sensor.equipment_id.in_(machines),
            ReadingBatch.arrived_at > at - LOOK_BACK,
            ReadingBatch.arrived_at <= at,
        )
    ).one()
    if number < MOST * len(machines):
        return ""
    batch = session.get_one(ReadingBatch, batch_id)
    return (
        f"Values that cannot be true came from {number} of the {len(machines)} machines, at last"
        f" with the delivery of {batch.arrived_at:{_MOMENT}} ({batch.source})."
    )


def _surroundings(session: Session, wanted: Sequence[Candidate], move: _Move | None) -> str:
    if move is None:
        return ""
    is_condition = session.scalar(
        sa.select(SensorRole.id)
        .where(
            SensorRole.equipment_class_id.in_({candidate.class_id for candidate in wanted}),
            SensorRole.code == move.role,
            SensorRole.is_condition,
        )
        .limit(1)
    )
    if is_condition is None:
        return ""
    return f"{move.sentence}: the season or how the machines are run, rather than their state."


def _delivered(session: Session, site_id: int, move: _Move | None, drift: str, at: datetime) -> str:
    name = _new_import(session, site_id, at) or _new_source(session, at)
    if not name:
        return ""
    came = f"ew readings came with {name}"
    if move is not None:
        return f"{move.sentence} since n{came}."
    return f"N{came}. {drift}".strip()


def _drifted(drift: str) -> str:
    return drift


def _moved(move: _Move | None) -> str:
    if move is None:
        return ""
    return f"{move.sentence}: they share a cause, or the way it is measured has changed."


def _new_import(session: Session, site_id: int, at: datetime) -> str:
    """The newest file of readings imported at the site."""
    row = session.execute(
        sa.select(ImportFile.name, ImportFile.finished_at)
        .where(
            ImportFile.site_id == site_id,
            ImportFile.kind == "readings",
            ImportFile.state == ImportState.FINISHED,
            ImportFile.finished_at > at - LOOK_BACK,
            ImportFile.finished_at <= at,
        )
        .order_by(ImportFile.finished_at.desc(), ImportFile.id.desc())
        .limit(1)
    ).first()
    return "" if row is None else f"the import of {row.finished_at:{_MOMENT}} ({row.name})"


def _new_source(session: Session, at: datetime) -> str:
    """The newest delivery from a source that was never heard of before these days."""
    first = sa.func.min(ReadingBatch.arrived_at)
    row = session.execute(
        sa.select(ReadingBatch.source, first)
        .where(ReadingBatch.arrived_at <= at, ReadingBatch.accepted > 0)
        .group_by(ReadingBatch.source)
        .having(first > at - LOOK_BACK)
        .order_by(first.desc(), ReadingBatch.source.desc())
        .limit(1)
    ).first()
    return "" if row is None else f"the delivery of {row[1]:{_MOMENT}} ({row[0]})"


def _common_move(wanted: Sequence[Candidate]) -> _Move | None:
    """The reading on the same side of its normal on most machines; of equals the strongest."""
    total = len({candidate.equipment_id for candidate in wanted})
    moved: dict[tuple[str, bool], set[int]] = defaultdict(set)
    places: Counter[tuple[str, bool]] = Counter()
    names: dict[str, str] = {}
    for candidate in wanted:
        for place, role, name, is_above in _moves(candidate):
            moved[role, is_above].add(candidate.equipment_id)
            places[role, is_above] += place
            names.setdefault(role, name)
    ranked = sorted(moved, key=lambda move: (-len(moved[move]), places[move], move))
    if not ranked or len(moved[ranked[0]]) < MOST * total:
        return None
    role, is_above = ranked[0]
    return _Move(role, names[role], is_above, len(moved[ranked[0]]), total)


def _moves(candidate: Candidate) -> Iterator[tuple[int, str, str, bool]]:
    """Place, role, name and side of every reading among the reasons, the strongest first."""
    for place, driver in enumerate(candidate.drivers):
        kind, _, role = str(driver.get("group", "")).partition(":")
        value, normal = driver.get("value"), driver.get("normal")
        if kind == "role" and value is not None and normal is not None:
            yield place, role, str(driver["name"]), bool(value > normal)
