"""Shapes that several answers share: a page of a list, and what became of a delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from app.domain.batches import Counts, Problem, Verdict
from app.inputs.base import Input
from app.queries.page import PAGE_ROWS, Page

Item = TypeVar("Item")
MOST_ROWS = 200


class Paging(Input):
    """Which page of a list: `after` as the page before gave it."""

    after: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A page of a list; `after` asks for the next one and is null on the last."""

    items: list[Item]
    after: str | None


def listing(page: Page[Any], of: Callable[[Any], Item]) -> Listing[Item]:
    """A page of a question, each row in the words of the API."""
    return Listing([of(row) for row in page.rows], page.after)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the rows: five counts that add up to the rows sent.

    `problems` names the first thousand that were not taken by their place, from 0.
    """

    accepted: int
    duplicate: int
    conflict: int
    quarantined: int
    rejected: int
    problems: list[Problem]


def delivery(counts: Counts) -> Delivery:
    """The counts of a batch."""
    numbers = {verdict.value: getattr(counts, verdict) for verdict in Verdict}
    return Delivery(**numbers, problems=list(counts.problems))
