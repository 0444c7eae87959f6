"""No workers at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from models.engines.contract import Lost, Result, Task, answer


class SerialEngine:
    """One task after the other in this process: the yardstick of the benchmarks.

    It survives a task that raises, not one that dies, and it ignores the deadline.
    """

    workers = 1

    def __init__(self) -> None:
        self.cpu_seconds = 0.0

    def stream(
        self,
        function: Callable[[Task, Any], Result],
        tasks: Sequence[Task],
        *,
        shared: Any = None,
        deadline_s: float | None = None,
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Yield every task's result in order."""
        for index, task in enumerate(tasks):
            begun = time.process_time()
            result = answer(function, task, shared)
            self.cpu_seconds += time.process_time() - begun
            yield index, result
