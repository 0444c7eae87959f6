"""Between the form of an import and what the deeds read: columns, date formats, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _

from app.inputs.imports import EPOCH, UNDECIDED, ImportOptions, MapFile
from app.queries.imports import ImportView
from app.services.imports.csvfile import CsvFile
from app.services.imports.date_formats import PATTERNS, reads
from app.services.imports.proposal import date_choices
from app.services.imports.taking_in import Given
from app.web.downloads import csv_text
from app.web.filters import day

ISO = "iso"
SAMPLES = 3
LONGEST_SAMPLE = 40
LOOKED_AT = 50
# A day no other pattern reads in the same way.
_SHOWN_AS = datetime(2026, 12, 31, 14, 5)  # noqa: DTZ001 (an example of how it is written)


@dataclass(frozen=True, slots=True)
class DateChoice:
    """A date format as a form offers it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class DateOptions:
    """The formats to choose from; `question` is set when the file leaves the month open."""

    chosen: str
    fitting: tuple[DateChoice, ...]
    others: tuple[DateChoice, ...]
    question: str = ""


def as_sent(given: Given, form: Mapping[str, str]) -> Given:
    """The file with the columns as the form has them, even where that was refused."""
    columns = given.file.columns
    sent = {name: form.get(f"column-{n}", "") for n, name in enumerate(columns)}
    return replace(given, mapping=sent)


def explained(columns: Sequence[str], form: Mapping[str, str]) -> MapFile:
    """What the form says about the columns; raise InvalidInput.

    Columns are sent by their place: their names may be anything.
    """
    mapping = {name: form.get(f"column-{n}", "") for n, name in enumerate(columns)}
    points = {name: form.get(f"point-{n}", "").strip() for n, name in enumerate(columns)}
    dates = form.get("dates", ISO)
    options = ImportOptions.parse(
        {
            "dates": None if dates in (ISO, "") else dates,
            "decimal_comma": "decimal_comma" in form,
            "timezone": form.get("timezone", "").strip() or None,
            "adds": "adds" in form,
            "machine": form.get("machine", ""),
            "points": {name: point for name, point in points.items() if point},
        }
    )
    return MapFile(mapping=mapping, options=options)


def samples(file: CsvFile) -> list[tuple[str, ...]]:
    """The first values of each column."""
    rows = [row for row in file.first(10 * SAMPLES) if not row.trouble]
    found = []
    for place in range(len(file.columns)):
        texts = dict.fromkeys(_short(row.cells[place]) for row in rows if row.cells[place])
        found.append(tuple(texts)[:SAMPLES])
    return found


def date_options(given: Given) -> DateOptions:
    """The date formats that read the file, then the others."""
    found = date_choices(given.file, given.kind, given.mapping)
    fitting = tuple(DateChoice(p or ISO, _pattern(p or ISO)) for p in found)
    question, answers = _question(given, [p for p in found if p]) if len(found) > 1 else ("", ())
    chosen = given.options.dates or ISO
    others = [p for p in (ISO, EPOCH, *PATTERNS) if (None if p == ISO else p) not in found]
    if chosen not in (UNDECIDED, *others, *(p or ISO for p in found)):
        others.insert(0, chosen)
    return DateOptions(
        "" if chosen == UNDECIDED else chosen,
        fitting if chosen != UNDECIDED else answers,
        tuple(DateChoice(p, _pattern(p)) for p in others),
        question,
    )


def problems_csv(view: ImportView) -> str:
    """Table, row, column and reason of every listed problem."""
    return csv_text(
        ("table", "row", "column", "reason"),
        ((line.table, line.row, line.column, line.reason) for line in view.problems),
    )


def _question(given: Given, patterns: Sequence[str]) -> tuple[str, tuple[DateChoice, ...]]:
    """`Is 03/04/2026 the 3 Apr 2026 or the 4 Mar 2026?` and its answers."""
    dated = next((n for n, c in enumerate(given.file.columns) if given.mapping.get(c) == "at"), 0)
    for row in given.file.first(LOOKED_AT):
        text = row.cells[dated].strip() if not row.trouble else ""
        days = {p: str(day(datetime.strptime(text, p).date())) for p in patterns if reads(text, p)}  # noqa: DTZ007 (a day)
        if len(set(days.values())) > 1:
            said = _(" or the ").join(days.values())
            answers = tuple(DateChoice(p, f"{shown} ({_order(p)})") for p, shown in days.items())
            return _("Is %(text)s the %(days)s?", text=text, days=said), answers
    answers = tuple(DateChoice(p, _pattern(p)) for p in patterns)
    return _("Which is the day, which is the month?"), answers


def _pattern(pattern: str) -> str:
    if pattern == ISO:
        return _("2026-12-31 14:05 (ISO 8601)")
    if pattern == EPOCH:
        return _("seconds (or milliseconds) since 1970")
    return f"{_SHOWN_AS.strftime(pattern)} ({_order(pattern)})"


def _order(pattern: str) -> str:
    """day, month, year: in the order in which they are written."""
    order = {"%d": _("day"), "%m": _("month"), "%b": _("month"), "%Y": _("year"), "%y": _("year")}
    placed = sorted((pattern.find(sign), word) for sign, word in order.items() if sign in pattern)
    return ", ".join(word for _place, word in placed)


def _short(text: str) -> str:
    return (
        text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}\N{HORIZONTAL ELLIPSIS}"
    )
