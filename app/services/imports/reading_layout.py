"""The two shapes a file of readings has: long (a row a reading) and wide (a column a sensor)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from app.domain.batches import LISTED_PROBLEMS, Counts, Problem
from app.domain.errors import InvalidInput
from app.inputs.readings import Instants, numbers
from app.services.imports.csvfile import CsvFile, Row
from app.services.imports.moments import moments
from app.services.imports.points import NO_SENSOR
from app.services.imports.table import normal

Whole = npt.NDArray[np.int64]

MOMENT = ("at", "timestamp", "time", "datetime")
LONG = ("equipment", "sensor", "value")
LONGEST_QUOTED = 24


@dataclass(frozen=True, slots=True)
class Writing:
    """How moments and numbers are written; `clock` is the column of the time of day, if apart."""

    moment: int
    zone: ZoneInfo
    dates: str | None = None
    decimal_comma: bool = False
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """How a file's words are understood: sensors by tag and code, columns, times."""

    sensors: Mapping[tuple[str, str], int]
    columns: Mapping[str, tuple[str, str]]
    zone: ZoneInfo
    dates: str | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """Readings to store, parallel (n,), with where each stood in the file."""

    sensor_ids: Whole
    at: Whole
    values: npt.NDArray[np.float64]
    rows: Whole
    columns: Sequence[str] | None
    names: Sequence[str] | None
    refused: Counts

    def located(self, counts: Counts) -> Counts:
        """The deed's counts with problems named by row, and by column where that is the sensor."""
        return counts.with_problems(tuple(self._located(problem) for problem in counts.problems))

    def _located(self, problem: Problem) -> Problem:
        row = int(self.rows[problem.row])
        if self.columns is not None:
            return Problem(row, self.columns[problem.row], problem.reason)
        if self.names is not None and problem.column == "sensor":
            return Problem(row, problem.column, f"{self.names[problem.row]!r} {problem.reason}")
        return Problem(row, problem.column, problem.reason)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Cells as written, parallel; `moment` is the place of each one's time in the chunk."""

    sensor_ids: Sequence[int]
    moment: Whole
    values: Sequence[str]
    columns: Sequence[str] | None = None
    names: Sequence[str] | None = None


class Layout(ABC):
    """A shape; `values_a_row` says how many readings a row may hold."""

    values_a_row = 1

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def read(self, rows: Sequence[Row]) -> Cells:
        """Read a chunk; what is no moment or no number is refused here."""
        how = self._writing
        times = [row.cells[how.moment] for row in rows]
        if how.clock is not None:
            times = [f"{day} {row.cells[how.clock]}" for day, row in zip(times, rows, strict=True)]
        read = moments(times, zone=how.zone, dates=how.dates)
        return _judged(self._texts(rows), read, rows, how.decimal_comma)

    @abstractmethod
    def _texts(self, rows: Sequence[Row]) -> _Texts:
        """The cells of a chunk that hold readings."""


class LongLayout(Layout):
    """A machine, a sensor, a moment and a value; *known* has the sensor of (machine, sensor).

    Without a column for the machine the name of the sensor says it: *known* gets ("", name).
    """

    def __init__(
        self,
        writing: Writing,
        *,
        equipment: int | None,
        sensor: int,
        value: int,
        known: Mapping[tuple[str, str], int],
    ) -> None:
        super().__init__(writing)
        self._equipment = equipment
        self._sensor = sensor
        self._value = value
        self._known = known

    def _texts(self, rows: Sequence[Row]) -> _Texts:
        tag, code, value = self._equipment, self._sensor, self._value
        names = [
            ("" if tag is None else row.cells[tag].strip(), row.cells[code].strip()) for row in rows
        ]
        ids = {name: self._known.get(name, NO_SENSOR) for name in set(names)}
        values = [row.cells[value] for row in rows]
        said = [".".join(filter(None, name)) for name in names]
        return _Texts([ids[name] for name in names], np.arange(len(rows)), values, names=said)


class WideLayout(Layout):
    """A time, then one column per sensor; an empty cell is no reading.

    *sensors* has the place, the name and the sensor of each column that is one.
    """

    def __init__(self, writing: Writing, sensors: Sequence[tuple[int, str, int]]) -> None:
        super().__init__(writing)
        self._sensors = sensors
        self.values_a_row = max(1, len(sensors))

    def _texts(self, rows: Sequence[Row]) -> _Texts:
        ids, moment, values, columns = [], [], [], []
        for place, row in enumerate(rows):
            for column, name, sensor_id in self._sensors:
                cell = row.cells[column]
                if cell and not cell.isspace():
                    ids.append(sensor_id)
                    moment.append(place)
                    values.append(cell)
                    columns.append(name)
        return _Texts(ids, np.array(moment, np.int64), values, columns)


def layout_of(file: CsvFile, names: Names) -> Layout:
    """Long when it has those columns, else wide; raise InvalidInput when it is neither."""
    headers = [normal(name) for name in file.columns]
    moment = next((headers.index(name) for name in MOMENT if name in headers), 0)
    writing = Writing(moment, names.zone, names.dates, file.has_decimal_comma)
    if all(name in headers for name in LONG):
        if headers[moment] not in MOMENT:
            raise InvalidInput({file.name: "has no column at"})
        tag, code, value = (headers.index(name) for name in LONG)
        return LongLayout(writing, equipment=tag, sensor=code, value=value, known=names.sensors)
    sensors = [
        (place, name, _sensor_of(name, names))
        for place, name in enumerate(file.columns)
        if place != moment
    ]
    if not any(sensor_id for _, _, sensor_id in sensors):
        raise InvalidInput(
            {
                file.name: "has no column equipment, sensor, at, value,"
                " and no column named like P-101.vibration; --map explains other names"
            }
        )
    return WideLayout(writing, sensors)


def _sensor_of(column: str, names: Names) -> int:
    """By the map, else `TAG.CODE`; a tag may have points, a sensor's code has none."""
    tag, _, code = column.rpartition(".")
    return names.sensors.get(names.columns.get(column, (tag, code)), NO_SENSOR)


def _judged(texts: _Texts, read: Instants, rows: Sequence[Row], decimal_comma: bool) -> Cells:
    values = numbers(texts.values, decimal_comma=decimal_comma)
    bad_moment = np.zeros(len(rows), np.bool_)
    bad_moment[list(read.problems)] = True
    is_bad = bad_moment[texts.moment]
    is_bad[list(values.problems)] = True
    row_numbers = np.array([row.number for row in rows], np.int64)[texts.moment]
    problems = []
    for place in np.flatnonzero(is_bad)[:LISTED_PROBLEMS].tolist():
        when = read.problems.get(int(texts.moment[place]))
        column = "value" if texts.columns is None else texts.columns[place]
        reason = when or _quoted(texts.values[place], values.problems[place])
        problems.append(Problem(int(row_numbers[place]), "at" if when else column, reason))
    good = np.flatnonzero(~is_bad)
    return Cells(
        np.array(texts.sensor_ids, np.int64)[good],
        read.at[texts.moment[good]],
        values.values[good],
        row_numbers[good],
        _chosen(texts.columns, good),
        _chosen(texts.names, good),
        Counts(rejected=int(is_bad.sum()), problems=tuple(problems)),
    )


def _chosen(words: Sequence[str] | None, places: npt.NDArray[np.intp]) -> Sequence[str] | None:
    return None if words is None else [words[place] for place in places.tolist()]


def _quoted(text: str, reason: str) -> str:
    """`'Bad' is not a number`: the same words make one line of a report."""
    said = text.strip()
    return f"{said[:LONGEST_QUOTED]!r} {reason}" if said else reason
