"""The record in counts, and week by week for a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.feedback import CAUGHT, IN_VAIN
from app.domain.warnings import Met
from app.domain.work_orders import Outcome
from app.queries.record.failures import FailureLine
from app.queries.record.findings import FindingLine

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """One week's counts; `begins_on` is a Monday."""

    begins_on: date
    caught: int
    in_vain: int
    warned: int
    missed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a record. `caught`: a predicted order found the fault before the machine failed;
    `missed`: a failure that came without an order somebody had accepted, for any reason.
    """

    caught: int
    outcomes: Mapping[Outcome, int]
    met: Mapping[Met, int]
    weeks: tuple[Week, ...]

    @property
    def in_vain(self) -> int:
        """Predicted orders on which nothing was found."""
        return sum(self.outcomes[outcome] for outcome in IN_VAIN)

    @property
    def missed(self) -> int:
        """Failures that came without an order somebody had accepted."""
        return sum(self.met.values()) - self.met[Met.WARNED]


def summary(failures: Sequence[FailureLine], findings: Sequence[FindingLine]) -> Summary:
    """Count the lines of a record."""
    return Summary(
        caught=sum(_is_catch(line) for line in findings),
        outcomes=Counter(line.outcome for line in findings),
        met=Counter(line.met for line in failures),
        weeks=_weeks(failures, findings),
    )


def _is_catch(line: FindingLine) -> bool:
    return line.outcome in CAUGHT and not line.is_failure


def _weeks(failures: Sequence[FailureLine], findings: Sequence[FindingLine]) -> tuple[Week, ...]:
    moments = [failure.at for failure in failures] + [found.at for found in findings]
    if not moments:
        return ()
    counts = {name: Counter[date]() for name in ("caught", "in_vain", "warned", "missed")}
    for found in findings:
        if found.outcome in IN_VAIN:
            counts["in_vain"][_monday(found.at)] += 1
        elif _is_catch(found):
            counts["caught"][_monday(found.at)] += 1
    for failure in failures:
        name = "warned" if failure.met is Met.WARNED else "missed"
        counts[name][_monday(failure.at)] += 1
    first, last = _monday(min(moments)), _monday(max(moments))
    mondays = [first + WEEK * k for k in range((last - first) // WEEK + 1)]
    return tuple(
        Week(monday, **{name: count[monday] for name, count in counts.items()})
        for monday in mondays
    )


def _monday(at: datetime) -> date:
    day = at.date()
    return day - timedelta(days=day.weekday())
