"""Tasks on the night's engine, none of which may be lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from models.engines import Engine, Lost

Result = TypeVar("Result")


class TaskLost(Exception):
    """A task of a benchmark did not come back; there is nothing to report then."""


def in_parallel(
    engine: Engine, function: Callable[[int, Any], Result], count: int, *, shared: Any
) -> list[Result]:
    """Return function(0, shared) to function(count - 1, shared), worked on side by side."""
    found: dict[int, Result] = {}
    for index, result in engine.stream(function, range(count), shared=shared):
        if isinstance(result, Lost):
            raise TaskLost(f"{result.reason}\n{result.detail}")
        found[index] = result
    return [found[index] for index in range(count)]
