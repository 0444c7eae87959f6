"""The two shapes a file of readings has: long (a row a reading) and wide (a column a sensor)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from app.cli.imports.csvfile import CsvFile, Row
from app.cli.imports.table import normal
from app.domain.batches import LISTED_PROBLEMS, Counts, Problem
from app.domain.errors import InvalidInput
from app.inputs.readings import Instants, instants, numbers

Whole = npt.NDArray[np.int64]

MOMENT = ("at", "timestamp", "time", "datetime")
LONG = ("equipment", "sensor", "value")
# No sensor has this id: the deed will say that it is not known.
NO_SENSOR = 0


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
    refused: Counts

    def located(self, counts: Counts) -> Counts:
        """The deed's counts with problems named by row, and by column where that is the sensor."""
        named = tuple(
            Problem(
                int(self.rows[problem.row]),
                problem.column if self.columns is None else self.columns[problem.row],
                problem.reason,
            )
            for problem in counts.problems
        )
        return counts.with_problems(named)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Cells as written, parallel; `moment` is the place of each one's time in the chunk."""

    sensor_ids: Sequence[int]
    moment: Whole
    values: Sequence[str]
    columns: Sequence[str] | None


class Layout(ABC):
    """A shape; `values_a_row` says how many readings a row may hold."""

    values_a_row = 1

    def __init__(self, file: CsvFile, names: Names, moment: int) -> None:
        self._file = file
        self._names = names
        self._moment = moment

    def read(self, rows: Sequence[Row]) -> Cells:
        """Read a chunk; what is no moment or no number is refused here."""
        times = [row.cells[self._moment] for row in rows]
        read = instants(times, zone=self._names.zone, pattern=self._names.dates)
        return _judged(self._texts(rows), read, rows, self._file.has_decimal_comma)

    @abstractmethod
    def _texts(self, rows: Sequence[Row]) -> _Texts:
        """The cells of a chunk that hold readings."""


class LongLayout(Layout):
    """equipment, sensor, at, value."""

    def _texts(self, rows: Sequence[Row]) -> _Texts:
        headers = [normal(name) for name in self._file.columns]
        tag, code, value = (headers.index(name) for name in LONG)
        known = self._names.sensors
        ids = [
            known.get((row.cells[tag].strip(), row.cells[code].strip()), NO_SENSOR) for row in rows
        ]
        return _Texts(ids, np.arange(len(rows)), [row.cells[value] for row in rows], None)


class WideLayout(Layout):
    """A time, then one column per sensor; an empty cell is no reading."""

    def __init__(self, file: CsvFile, names: Names, moment: int) -> None:
        super().__init__(file, names, moment)
        self._columns = [n for place, n in enumerate(file.columns) if place != moment]
        self._ids = [_sensor_of(name, names) for name in self._columns]
        self.values_a_row = len(self._columns)

    def _texts(self, rows: Sequence[Row]) -> _Texts:
        ids, moments, values, columns = [], [], [], []
        for place, row in enumerate(rows):
            cells = [*row.cells[: self._moment], *row.cells[self._moment + 1 :]]
            for cell, sensor_id, column in zip(cells, self._ids, self._columns, strict=True):
                if cell and not cell.isspace():
                    ids.append(sensor_id)
                    moments.append(place)
                    values.append(cell)
                    columns.append(column)
        return _Texts(ids, np.array(moments, np.int64), values, columns)

    def require_a_sensor(self) -> None:
        """Raise InvalidInput when no column is a sensor: this is some other file."""
        if not any(self._ids):
            raise InvalidInput(
                {
                    self._file.path.name: "has no column equipment, sensor, at, value,"
                    " and no column named like P-101.vibration; --map explains other names"
                }
            )


def layout_of(file: CsvFile, names: Names) -> Layout:
    """Long when it has those columns, else wide; raise InvalidInput when it is neither."""
    headers = [normal(name) for name in file.columns]
    moment = next((headers.index(name) for name in MOMENT if name in headers), 0)
    if all(name in headers for name in LONG):
        if headers[moment] not in MOMENT:
            raise InvalidInput({file.path.name: "has no column at"})
        return LongLayout(file, names, moment)
    wide = WideLayout(file, names, moment)
    wide.require_a_sensor()
    return wide


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
        reason = when or values.problems[place]
        problems.append(Problem(int(row_numbers[place]), "at" if when else column, reason))
    good = np.flatnonzero(~is_bad)
    return Cells(
        np.array(texts.sensor_ids, np.int64)[good],
        read.at[texts.moment[good]],
        values.values[good],
        row_numbers[good],
        None if texts.columns is None else [texts.columns[place] for place in good.tolist()],
        Counts(rejected=int(is_bad.sum()), problems=tuple(problems)),
    )
