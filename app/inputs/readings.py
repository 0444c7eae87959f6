"""Columns of text as instants and numbers: one verdict for a text, whichever door it came by.

Vectorised, because a file has a million of them; what cannot be read is named by its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

# float() also takes "1_000", "nan" and digits of every script; a file means none of these.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLAIN = re.compile(r"[\d.eE+\-\s]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Instants:
    """Microseconds UTC (n,), and a reason by place for what is none."""

    at: npt.NDArray[np.int64]
    problems: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values (n,), NaN where a reason is given."""

    values: npt.NDArray[np.float64]
    problems: Mapping[int, str] = field(default_factory=dict)


def instants(texts: Sequence[str], *, zone: ZoneInfo, pattern: str | None = None) -> Instants:
    """Read ISO 8601 (or *pattern*, as strptime has it); without an offset it is local to *zone*.

    A local time that the change to or from summer time makes doubtful is refused, and so is a
    date such as 03/04/2026: which is the month, nobody can know.
    """
    texts = [text.strip() for text in texts]
    read = pd.to_datetime(texts, format=pattern or "ISO8601", errors="coerce", utc=True)
    found = pd.DatetimeIndex(read).as_unit("us")
    is_unreadable = np.asarray(found.isna())
    if pattern is None:
        is_unreadable |= [_ISO_DAY.match(text) is None for text in texts]
    at = found.asi8.copy()
    is_local = np.array([not has_offset(text) for text in texts], np.bool_) & ~is_unreadable
    # What was read without an offset, and so taken for UTC, was meant in the zone.
    meant = _in_zone(found[is_local], zone)
    at[is_local] = meant.asi8
    is_bad = is_unreadable.copy()
    is_bad[is_local] = meant.isna()
    wanted = f"is not a moment of the form {pattern}" if pattern else "is not an ISO 8601 moment"
    doubtful = f"happens twice or never in {zone.key} (summer time)"
    return Instants(
        np.where(is_bad, 0, at),
        {
            int(place): wanted if is_unreadable[place] else doubtful
            for place in np.flatnonzero(is_bad)
        },
    )


def numbers(texts: Sequence[str], *, decimal_comma: bool = False) -> Numbers:
    """Read numbers; with *decimal_comma* 12,5 is twelve and a half."""
    if decimal_comma:
        texts = [_with_point(text) for text in texts]
    if _PLAIN.fullmatch("".join(texts)):
        try:
            return Numbers(np.array(list(map(float, texts)), np.float64))
        except ValueError:
            pass  # some text is none: look at each
    values, problems = np.full(len(texts), np.nan), {}
    for place, text in enumerate(texts):
        if _NUMBER.fullmatch(text.strip()):
            values[place] = float(text)
        else:
            problems[place] = "is empty" if not text.strip() else "is not a number"
    return Numbers(values, problems)


def has_offset(text: str) -> bool:
    """Whether a moment says how far its zone is from UTC."""
    clock = text[10:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


def _in_zone(read: pd.DatetimeIndex, zone: ZoneInfo) -> pd.DatetimeIndex:
    if zone.key == "UTC":
        return read
    local = read.tz_localize(None)
    return local.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert("UTC")


def _with_point(text: str) -> str:
    """12,5 as 12.5; a text with both signs stays as it is and will be refused."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
