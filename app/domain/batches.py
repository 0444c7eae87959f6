"""What became of the rows of a batch: five verdicts that add up to the rows sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum

LISTED_PROBLEMS = 1_000
"""More problems than this are counted but not listed: the report stays bounded."""


class Verdict(StrEnum):
    """What became of one row; `duplicate` was there before with the same content."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken; `row` counts from 0 in the batch (from 1 in a file)."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows met which verdict, and the first problems by row."""

    accepted: int = 0
    duplicate: int = 0
    conflict: int = 0
    quarantined: int = 0
    rejected: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def sent(self) -> int:
        """Rows in all; every one has exactly one verdict."""
        return sum(getattr(self, verdict) for verdict in Verdict)

    @property
    def is_clean(self) -> bool:
        """Whether every row was taken, or had been before."""
        return not (self.conflict or self.quarantined or self.rejected)

    def with_problems(self, problems: tuple[Problem, ...]) -> Counts:
        """The same counts with problems told in other words."""
        return replace(self, problems=problems)

    def __add__(self, other: Counts) -> Counts:
        sums = {verdict: getattr(self, verdict) + getattr(other, verdict) for verdict in Verdict}
        listed = (self.problems + other.problems)[:LISTED_PROBLEMS]
        return Counts(**{verdict.value: n for verdict, n in sums.items()}, problems=listed)


def tally(verdicts: Iterable[Verdict], problems: Iterable[Problem] = ()) -> Counts:
    """Count verdicts one by one."""
    found = {field.name: 0 for field in fields(Counts) if field.name != "problems"}
    for verdict in verdicts:
        found[verdict.value] += 1
    return Counts(**found, problems=tuple(problems)[:LISTED_PROBLEMS])
