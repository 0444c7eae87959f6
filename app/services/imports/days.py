"""Days without a time, as equipment lists write them."""

from __future__ import annotations

from datetime import date, datetime

YEAR_DIGITS = 4


def day(text: str, dates: str | None) -> str:
    """The day in ISO 8601, read by the day part of *dates*; a year alone is its first day.

    Text that is no such day stays as it is: the input class will refuse it.
    """
    if len(text) == YEAR_DIGITS and text.isdigit() and text.isascii():
        return date(int(text), 1, 1).isoformat() if int(text) else text
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return _by_pattern(text, dates) or text


def _by_pattern(text: str, dates: str | None) -> str | None:
    if not dates or not text:
        return None
    try:
        return datetime.strptime(text.split(maxsplit=1)[0], dates.split()[0]).date().isoformat()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return None
