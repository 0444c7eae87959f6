"""What was read once is kept in memory between two positions of a slider; the oldest goes when it
gets too much."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock, RLock
from typing import Protocol, TypeVar, cast

# Numbers of 8 bytes: a year of a thousand machines with two modes takes about a third.
CELLS = 50_000_000


class Sized(Protocol):
    """What can be kept: it knows how much memory it takes, in numbers."""

    @property
    def cells(self) -> int:
        """How many numbers it holds."""
        ...


Kept = TypeVar("Kept", bound=Sized)


class Shelf:
    """The forecasts and pasts of one application, by what they were made of.

    The newest is always kept, however large.
    """

    def __init__(self, cells: int = CELLS) -> None:
        self.cells = cells
        self.kept: OrderedDict[Hashable, Sized] = OrderedDict()
        self.lock = Lock()
        # Whoever drags a slider asks several times: what takes long is made by the first alone.
        self.making = RLock()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under that key, made when it is not there."""
        found = self._found(key)
        if found is None:
            with self.making:
                found = self._found(key)
                if found is None:
                    found = make()
                    self._keep(key, found)
        return cast(Kept, found)

    def _found(self, key: Hashable) -> Sized | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def _keep(self, key: Hashable, made: Sized) -> None:
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > 1 and sum(one.cells for one in self.kept.values()) > self.cells:
                self.kept.popitem(last=False)
