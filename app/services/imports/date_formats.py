"""How a column writes its moments: every pattern that fits, found by trying them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.inputs.imports import EPOCH, UNDECIDED
from app.inputs.readings import instants

UTC_ZONE = ZoneInfo("UTC")
_DAYS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%b %d %Y",
    "%Y%m%d",
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
PATTERNS = tuple(f"{day}{clock}" for day in _DAYS for clock in _CLOCKS)
_SECONDS = range(946_684_800, 4_102_444_800)  # 2000 to 2100
_MOSTLY = 0.5  # a pattern that reads fewer of the texts is another one's


def fitting(texts: Iterable[str]) -> list[str | None]:
    """The patterns that read these texts (None = ISO 8601), those that read most first.

    More than one means that the file leaves open which is the day and which is the month.
    """
    sample = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not sample:
        return []
    if _share_iso(sample) >= _MOSTLY:
        return [None]
    if sum(map(_is_epoch, sample)) >= _MOSTLY * len(sample):
        return [EPOCH]
    first = [pattern for pattern in PATTERNS if any(reads(text, pattern) for text in sample[:5])]
    counted = {p: sum(reads(text, p) for text in sample) for p in first}
    best = max(counted.values(), default=0)
    if best < _MOSTLY * len(sample):
        return []
    return [pattern for pattern, number in counted.items() if number == best]


def chosen(found: Sequence[str | None]) -> str | None:
    """The pattern a file of these is read by, until a person says otherwise."""
    if len(found) > 1:
        return UNDECIDED
    return found[0] if found else None


def reads(text: str, pattern: str) -> bool:
    """Whether the pattern reads the text."""
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 (only whether it can be read)
    except ValueError:
        return False
    return True


def _share_iso(sample: Sequence[str]) -> float:
    return 1 - len(instants(sample, zone=UTC_ZONE).problems) / len(sample)


def _is_epoch(text: str) -> bool:
    whole = text.partition(".")[0]
    if not whole.isascii() or not whole.isdigit():
        return False
    return int(whole) in _SECONDS or int(whole) // 1_000 in _SECONDS
