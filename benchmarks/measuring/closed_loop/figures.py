"""True and reported side by side: per quarter, per year, and in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.risk import OrderRule
from benchmarks.measuring.closed_loop import calibration
from benchmarks.measuring.closed_loop.loop import Arm
from benchmarks.measuring.closed_loop.setting import DAY, YEAR_DAYS

LEAD = OrderRule().lead
YEAR = YEAR_DAYS * DAY
QUARTER = YEAR / 4
PAIRS = ("coverage", "precision", "saving")


@dataclass(frozen=True, slots=True)
class Figures:
    """One stretch of time. Shares lie in 0..1, money is in the plant's currency; None = no case.

    coverage_true: failures that would have come and were prevented by a predicted order, or came
    while one was in hand since the minimum lead / failures that would have come. precision_true:
    answered orders that met damage on its way to a failure / answered orders. saving_true: cost
    of the plant without orders - cost with them - running cost of the system.
    """

    coverage_true: float | None
    coverage_reported: float | None
    precision_true: float | None
    precision_reported: float | None
    saving_true: float
    saving_reported: float
    calibration_slope: float | None
    orders: int
    failures: int
    failures_without: int
    prevented: int


def figures(arm: Arm, since: datetime, until: datetime) -> Figures:
    """Both tellings of what happened in [since, until)."""
    told = arm.reported.within(since, until)
    failed = arm.happened.failed(since, until)
    predicted = [story for story in arm.orders if story.is_predictive]
    prevented = sum(
        1
        for story in predicted
        if story.prevented_at is not None
        and story.looked_at is not None
        and since <= story.looked_at < until
    )
    foretold = sum(any(story.foretold(row, LEAD) for story in predicted) for row in failed)
    answered = [story.is_real for story in predicted if story.order_id in told.answered()]
    return Figures(
        coverage_true=_share(prevented + foretold, prevented + len(failed)),
        coverage_reported=told.coverage(LEAD),
        precision_true=_share(sum(answered), len(answered)),
        precision_reported=told.precision(),
        saving_true=_saved(arm, since, until),
        saving_reported=told.total,
        calibration_slope=_slope(arm, since, until),
        orders=sum(since <= story.raised_at < until for story in predicted),
        failures=len(failed),
        failures_without=len(arm.without.failed(since, until)),
        prevented=prevented,
    )


def in_all(arm: Arm) -> dict[str, Any]:
    """The keys of the report, with years and quarters as tables."""
    whole = asdict(figures(arm, arm.began, arm.until))
    whole["saving_reported"] = arm.reported.total
    del whole["calibration_slope"]
    years = {n: arm.began + (n - 1) * YEAR for n in (1, 3)}
    slopes = {f"calibration_slope_y{n}": _slope(arm, at, at + YEAR) for n, at in years.items()}
    return {
        **whole,
        **slopes,
        "excess": {name: excess(whole, name) for name in PAIRS},
        "years": table(arm, YEAR, "year"),
        "quarters": table(arm, QUARTER, "quarter"),
    }


def table(arm: Arm, length: timedelta, name: str) -> dict[str, dict[str, Any]]:
    """Figures of each whole stretch of *length*, numbered from 1."""
    return {
        f"{name} {number}": asdict(figures(arm, since, since + length))
        for number, since in enumerate(_begins(arm, length), start=1)
    }


def excess(found: Mapping[str, Any], name: str) -> float | None:
    """By how much the reported figure exceeds the true one, as a share of the true one."""
    true, told = found[f"{name}_true"], found[f"{name}_reported"]
    return None if true is None or told is None or true <= 0 else (told - true) / true


def _begins(arm: Arm, length: timedelta) -> Iterator[datetime]:
    since = arm.began
    while since + length <= arm.until:
        yield since
        since += length


def _saved(arm: Arm, since: datetime, until: datetime) -> float:
    without = arm.without.cost(arm.costs, since, until)
    running = arm.reported.running_a_year * ((until - since) / YEAR)
    return without - arm.happened.cost(arm.costs, since, until) - running


def _slope(arm: Arm, since: datetime, until: datetime) -> float | None:
    first, last = ((moment - arm.began) / DAY for moment in (since, until))
    now = (arm.issued.day >= first) & (arm.issued.day < last)
    return calibration.slope(arm.issued.risk[now], arm.issued.chance[now])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
