"""What is lived through, and how the simulated people behave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sample_data import Plant
from sample_data.machines import Oddities

START = datetime(2022, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Manners:
    """How people treat a suggestion; shares lie in 0..1.

    delays: from the night that raised it to the look at the machine, in days, each as likely.
    dismisses: how often it is not followed. errs: how often the outcome written down is not what
    was found. detects: how often somebody who looks at a defect sees it.
    """

    delays: tuple[int, ...] = (1, 2, 3, 4)
    dismisses: float = 0.20
    errs: float = 0.10
    detects: float = 0.80


@dataclass(frozen=True, slots=True)
class Setting:
    """One run of the loop. A plant of *machines* with *history_days* behind it lives for *days*.

    refit_every: days between refits; days_per_night: from one night's forecasts to the next's.
    is_naive: training sees every intervention as "nothing was there". at_most_s: seconds after
    which no further night begins; None = however long it takes. threshold: a plain risk threshold
    for all classes; times: how many times the product's own threshold by costs instead.
    """

    machines: int
    days: int
    seed: int = 1
    history_days: int = 270
    refit_every: int = 14
    days_per_night: int = 1
    is_naive: bool = False
    at_most_s: float | None = None
    threshold: float | None = None
    times: float = 1.0
    manners: Manners = Manners()

    @property
    def name(self) -> str:
        """What progress calls it."""
        if self.threshold is not None:
            return f"threshold {self.threshold:g}"
        if self.times != 1.0:
            return f"threshold x {self.times:g}"
        return "naive labels" if self.is_naive else "the product"

    def plant(self) -> Plant:
        """The plant on its first day; what happens on set days happens before the first night."""
        half = self.history_days // 2
        odd = Oddities(
            stuck_from_day=half, commissioned_day=half, exchange_day=half, rising_day=None
        )
        return Plant.create(self.seed, self.machines, START, odd)
