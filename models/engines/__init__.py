"""Ways to run one function over many tasks in worker processes that may die.

A task that raises, dies or overruns its deadline comes back as `Lost`; the other tasks do not
notice. Nothing here knows machines or predictors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from models.engines.contract import Engine, Lost
from models.engines.loky import LokyEngine
from models.engines.serial import SerialEngine

__all__ = ["ENGINES", "Engine", "Lost", "LokyEngine", "SerialEngine", "create"]

ENGINES: Mapping[str, Callable[[int | None], Engine]] = MappingProxyType({"loky": LokyEngine})


def create(name: str, workers: int | None = None) -> Engine:
    """Return the engine called *name*; raise ValueError naming the choices."""
    try:
        return ENGINES[name](workers)
    except KeyError:
        choices = ", ".join(sorted(ENGINES))
        raise ValueError(f"Unknown engine {name!r}; choose one of: {choices}.") from None
