"""What an engine promises, and what a task without a result leaves behind."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lost:
    """A task without a result. `reason` is one line for people, `detail` a traceback or empty."""

    reason: str
    detail: str = ""


class Engine(Protocol):
    """What the fleet asks of a way to run many tasks."""

    @property
    def workers(self) -> int:
        """How many tasks run at the same time."""

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds spent inside finished tasks since this engine was made."""

    def stream(
        self,
        function: Callable[[Task, Any], Result],
        tasks: Sequence[Task],
        *,
        shared: Any = None,
        deadline_s: float | None = None,
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Yield (index into *tasks*, `function(task, shared)` or `Lost`) as the tasks finish."""


def answer(function: Callable[[Task, Any], Result], task: Task, shared: Any) -> Result | Lost:
    """Call *function*; a task that raises is lost, SystemExit included. Ctrl-C goes through."""
    try:
        return function(task, shared)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a task may not end the run
        return lost(error)


def lost(error: BaseException) -> Lost:
    """Word *error* as a lost task: its last line as the reason, the traceback as detail."""
    told = traceback.format_exception_only(error)[-1].strip()
    return Lost(reason=told, detail="".join(traceback.format_exception(error)))
