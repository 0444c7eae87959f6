"""Delimited text as people really send it: any usual encoding, separator, line end, or gzip.

What was found out is kept on the file, so a command can show it. Reading streams: memory holds one
chunk, whatever the size of the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from app.domain.errors import InvalidInput

DELIMITERS = (";", "\t", ",", "|")
MOST_COLUMNS = 2_000
LONGEST_CELL = 131_072
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its number as a spreadsheet counts (the header is 1), its cells or a trouble."""

    number: int
    cells: Sequence[str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header was read; `columns` as written, without surrounding blanks."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    @property
    def has_decimal_comma(self) -> bool:
        """Where cells are parted by semicolons, the comma is free to mark decimals."""
        return self.delimiter == ";"

    def rows(self) -> Iterator[Row]:
        """Every record after the header; blank lines are passed over."""
        with _text(self.path, self.encoding) as file:
            records = _records(file, self.delimiter)
            next(records)
            for number, cells, trouble in records:
                if trouble:
                    yield Row(number, (), trouble)
                elif any(cells):
                    yield self._checked(number, cells)

    def chunks(self, rows: int) -> Iterator[list[Row]]:
        """The records in lists of at most *rows*."""
        chunk: list[Row] = []
        for row in self.rows():
            chunk.append(row)
            if len(chunk) == rows:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _checked(self, number: int, cells: Sequence[str]) -> Row:
        if len(cells) == len(self.columns):
            return Row(number, cells)
        return Row(number, (), f"has {len(cells)} cells where the header has {len(self.columns)}")


def open_csv(path: Path) -> CsvFile:
    """Find out how *path* is written and read its header; raise InvalidInput naming the fault."""
    encoding = _encoding(path)
    with _text(path, encoding) as file:
        line = file.readline(LONGEST_CELL)
    delimiter = max(DELIMITERS, key=lambda sign: (line.count(sign), -DELIMITERS.index(sign)))
    with _text(path, encoding) as file:
        _, header, trouble = next(_records(file, delimiter), (1, [], "is empty"))
    columns = tuple(name.strip() for name in header)
    _check_header(path, columns, trouble)
    return CsvFile(path, encoding, delimiter, columns)


def _check_header(path: Path, columns: Sequence[str], trouble: str) -> None:
    doubled = (
        sorted({name for name in columns if columns.count(name) > 1})
        if len(columns) <= MOST_COLUMNS
        else []
    )
    if not trouble and not any(columns):
        trouble = "has no header"
    elif len(columns) > MOST_COLUMNS:
        trouble = f"has {len(columns)} columns; at most {MOST_COLUMNS} are read"
    elif doubled:
        trouble = f"names the column {doubled[0]!r} twice"
    if trouble:
        raise InvalidInput({path.name: trouble})


def _encoding(path: Path) -> str:
    """By its mark, else UTF-8 if all of it is, else the code page of Western Europe."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _binary(path) as file:
        block = file.read(_BLOCK)
        for mark, encoding in _MARKS:
            if block.startswith(mark):
                return encoding
        try:
            while block:
                decoder.decode(block)
                block = file.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _records(file: IO[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Number, cells and trouble of each record; a broken one does not end the file."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        before = reader.line_num
        try:
            yield number, next(reader), ""
        except StopIteration:
            return
        except csv.Error as fault:
            lines = f"lines {before + 1} to {reader.line_num}"
            yield number, [], f"cannot be read ({fault}; {lines} were passed over)"


def _text(path: Path, encoding: str) -> IO[str]:
    if _is_gzip(path):
        return gzip.open(path, "rt", encoding=encoding, errors="replace", newline="")
    return path.open(encoding=encoding, errors="replace", newline="")


def _binary(path: Path) -> IO[bytes]:
    if _is_gzip(path):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
