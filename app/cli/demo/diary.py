"""What people do in a day, noted in any order and done in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Deed = Callable[[datetime], None]


class Diary:
    """One day's deeds; each is called with its moment."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, Deed]] = []

    def note(self, at: datetime, deed: Deed) -> None:
        """Do this then."""
        self._entries.append((at, deed))

    def live(self) -> None:
        """Do everything; of one moment what was noted first comes first."""
        for at, deed in sorted(self._entries, key=lambda entry: entry[0]):
            deed(at)
