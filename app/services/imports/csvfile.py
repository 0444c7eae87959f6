"""Delimited text as people really send it: any usual encoding, separator, line end, or gzip.

What was found out is kept on the file, so a door can show it. Reading streams: memory holds one
chunk, whatever the size of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from app.domain.errors import InvalidInput
from app.services.imports.source import Source, on_disk

DELIMITERS = (";", "\t", ",", "|")
MOST_COLUMNS = 2_000
LONGEST_CELL = 131_072
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How files begin that are no text, whatever their name says.
_OTHERS = (
    (b"PK\x03\x04", "is a spreadsheet or an archive; save the sheet as CSV and send that"),
    (b"\xd0\xcf\x11\xe0", "is an old spreadsheet; save the sheet as CSV and send that"),
    (b"%PDF", "is a PDF, not a table of text (CSV)"),
    (b"\x89PNG", "is a picture, not a table of text (CSV)"),
)
# Spreadsheets may say the separator in a line of its own, before the header.
_DECLARED = "sep="


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its number as a spreadsheet counts (the header is 1), its cells or a trouble."""

    number: int
    cells: Sequence[str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header was read; `columns` as written, without surrounding blanks."""

    source: Source
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    is_declared: bool = False

    @property
    def name(self) -> str:
        """What the person calls it."""
        return self.source.name

    @property
    def has_decimal_comma(self) -> bool:
        """Where cells are parted by semicolons, the comma is free to mark decimals."""
        return self.delimiter == ";"

    def rows(self) -> Iterator[Row]:
        """Every record after the header; blank lines are passed over."""
        with _text(self.source, self.encoding) as file:
            records = _records(file, self.delimiter, is_declared=self.is_declared)
            next(records)
            for number, cells, trouble in records:
                if trouble:
                    yield Row(number, (), trouble)
                elif any(cells):
                    yield self._checked(number, cells)

    def first(self, rows: int) -> list[Row]:
        """The first *rows* records."""
        return list(islice(self.rows(), rows))

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
        wanted = len(self.columns)
        if len(cells) > wanted and not any(cells[wanted:]):
            cells = cells[:wanted]  # separators at the end of the line
        if len(cells) == wanted:
            return Row(number, cells)
        return Row(number, (), f"has {len(cells)} cells where the header has {wanted}")


def open_csv(given: Source | Path) -> CsvFile:
    """Find out how a file is written and read its header; raise InvalidInput naming the fault."""
    source = on_disk(given) if isinstance(given, Path) else given
    encoding = _encoding(source)
    with _text(source, encoding) as file:
        line = file.readline(LONGEST_CELL)
        is_declared = line.lower().startswith(_DECLARED) and line[4:5] in DELIMITERS
        if is_declared:
            line = line[4:5]
    delimiter = max(DELIMITERS, key=lambda sign: (line.count(sign), -DELIMITERS.index(sign)))
    with _text(source, encoding) as file:
        records = _records(file, delimiter, is_declared=is_declared)
        _, header, trouble = next(records, (1, [], "is empty"))
    columns = tuple(name.strip() for name in header)
    while columns and not columns[-1]:
        columns = columns[:-1]
    _check_header(source.name, columns, trouble)
    return CsvFile(source, encoding, delimiter, columns, is_declared)


def _check_header(name: str, columns: Sequence[str], trouble: str) -> None:
    doubled = (
        sorted({column for column in columns if columns.count(column) > 1})
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
        raise InvalidInput({name: trouble})


def _encoding(source: Source) -> str:
    """By its mark, else UTF-8 if all of it is, else the code page of Western Europe."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open() as file:
        block = file.read(_BLOCK)
        _refuse_other_kinds(source.name, block)
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


def _refuse_other_kinds(name: str, block: bytes) -> None:
    start = block[:512].lstrip().lower()
    for mark, why in _OTHERS:
        if block.startswith(mark):
            raise InvalidInput({name: why})
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise InvalidInput({name: "is a web page or XML, not a table of text (CSV)"})
    if b"\0" in block[:512] and not block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InvalidInput({name: "is no text; save it as CSV with the encoding UTF-8"})


def _records(
    file: IO[str], delimiter: str, *, is_declared: bool
) -> Iterator[tuple[int, list[str], str]]:
    """Number, cells and trouble of each record; a broken one does not end the file."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    if is_declared:
        next(reader)
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


def _text(source: Source, encoding: str) -> IO[str]:
    return io.TextIOWrapper(source.open(), encoding=encoding, errors="replace", newline="")
