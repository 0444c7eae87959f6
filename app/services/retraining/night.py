"""What a night is told and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.db import Database
from app.db.training import RunKind, Stage

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running night stands: machines or fits done of how many, and what was lost."""

    stage: Stage
    done: int
    total: int
    failed: int = 0


def ignore(_progress: Progress) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class NightOrder:
    """A night to run. `plant_now` is the plant's time, `wall` the real clock of leases.

    `key` signs what is stored. `is_refit` False only forecasts with the predictors at hand;
    `folds` keeps only the newest origins of a refit's back-test (None = all).
    """

    database: Database
    key: bytes
    plant_now: Clock
    wall: Clock
    engine: str = "loky"
    workers: int | None = None
    kind: RunKind = RunKind.MANUAL
    site_id: int | None = None
    local_date: date | None = None
    as_of: datetime | None = None
    tags: tuple[str, ...] = ()
    is_refit: bool = True
    is_forced: bool = False
    folds: int | None = None
    deadline_s: float | None = 600.0
    watch: Callable[[Progress], None] = ignore


@dataclass
class NightReport:
    """The night in numbers; `to_json` has the fixed keys other programs rely on."""

    run_id: int
    as_of: datetime
    workers: int
    trained: int = 0
    reused: int = 0
    skipped: int = 0
    failed: int = 0
    orders_raised: tuple[int, ...] = ()
    orders_updated: int = 0
    orders_held_back: int = 0
    orders_withheld: int = 0
    orders_absorbed: int = 0
    orders_held_by_storm: int = 0
    limits_raised: tuple[int, ...] = ()
    limits_absorbed: int = 0
    limits_held_back: int = 0
    inspections_raised: tuple[int, ...] = ()
    inspections_held_back: int = 0
    class_drift: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    task_cpu_seconds: float = 0.0
    is_cancelled: bool = False
    failures: list[dict[str, str]] = field(default_factory=list)

    @property
    def machines(self) -> int:
        """Machines with an outcome."""
        return self.trained + self.reused + self.skipped + self.failed

    @property
    def efficiency(self) -> float:
        """Share of the workers' wall time spent inside tasks."""
        spent = self.workers * self.seconds
        return self.task_cpu_seconds / spent if spent else 0.0

    def counts(self) -> dict[str, Any]:
        """What the run's page keeps: the report, what was withheld, absorbed and held by a storm,
        limits passed, inspections suggested, and which classes have left what was learned."""
        return self.to_json() | {
            "orders_withheld": self.orders_withheld,
            "orders_absorbed": self.orders_absorbed,
            "orders_held_by_storm": self.orders_held_by_storm,
            "limits_raised": len(self.limits_raised),
            "limits_absorbed": self.limits_absorbed,
            "limits_held_back": self.limits_held_back,
            "inspections_raised": len(self.inspections_raised),
            "inspections_held_back": self.inspections_held_back,
            "class_drift": list(self.class_drift),
        }

    def to_json(self) -> dict[str, Any]:
        """The fixed keys of `forewarn train --json`."""
        return {
            "run_id": self.run_id,
            "as_of": self.as_of.isoformat().replace("+00:00", "Z"),
            "machines": self.machines,
            "trained": self.trained,
            "reused": self.reused,
            "skipped": self.skipped,
            "failed": self.failed,
            "orders_raised": len(self.orders_raised),
            "orders_updated": self.orders_updated,
            "orders_held_back": self.orders_held_back,
            "seconds": round(self.seconds, 3),
            "task_cpu_seconds": round(self.task_cpu_seconds, 3),
            "workers": self.workers,
            "efficiency": round(self.efficiency, 4),
            "failures": list(self.failures),
        }
