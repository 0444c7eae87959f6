"""Moments as files write them: in one pattern, counted since 1970, or in two columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from app.inputs.imports import EPOCH, UNDECIDED
from app.inputs.readings import Instants, instants, numbers

OPEN = "may be day and month or month and day: say which"
_THOUSANDTHS_FROM = 1e11  # seconds since 1970 reach this in the year 5138
_LATEST = 253_402_300_799_000_000  # the year 9999


def moments(texts: Sequence[str], *, zone: ZoneInfo, dates: str | None) -> Instants:
    """Read moments as `inputs.readings.instants` does, or seconds (thousandths) since 1970."""
    if dates == UNDECIDED:
        return Instants(np.zeros(len(texts), np.int64), dict.fromkeys(range(len(texts)), OPEN))
    if dates == EPOCH:
        return _counted(texts)
    read = instants(texts, zone=zone, pattern=dates)
    return read if dates is None else _with_midnights(texts, read, zone, dates)


def _with_midnights(texts: Sequence[str], read: Instants, zone: ZoneInfo, dates: str) -> Instants:
    """Some programs leave out the time where it is 00:00: a day alone is its first moment."""
    day = dates.split(" ", maxsplit=1)[0]
    bare = [n for n in read.problems if " " not in texts[n].strip() and texts[n].strip()]
    if day == dates or not bare:
        return read
    again = instants([texts[n] for n in bare], zone=zone, pattern=day)
    good = {bare[n]: int(at) for n, at in enumerate(again.at) if n not in again.problems}
    at = read.at.copy()
    at[list(good)] = list(good.values())
    return Instants(at, {n: why for n, why in read.problems.items() if n not in good})


def _counted(texts: Sequence[str]) -> Instants:
    read = numbers(texts)
    seconds = np.where(np.abs(read.values) >= _THOUSANDTHS_FROM, read.values / 1e3, read.values)
    micros = np.nan_to_num(np.rint(seconds * 1e6), nan=0.0, posinf=0.0, neginf=0.0)
    is_far = np.abs(micros) > _LATEST
    problems = dict.fromkeys(read.problems, "is not a number of seconds since 1970")
    problems |= dict.fromkeys(np.flatnonzero(is_far).tolist(), "lies beyond the year 9999")
    return Instants(np.where(is_far, 0, micros).astype(np.int64), problems)


def joined(cells: Mapping[str, str]) -> str:
    """The moment of a row, its time of day from a column of its own where it has one."""
    return " ".join(cells[name] for name in ("at", "clock") if name in cells)
