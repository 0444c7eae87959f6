"""What people's answers say of the predictions: precision, coverage, lead, false alarms.

Source: domain model 5 (prediction precision, failure coverage, warning lead, false alarms). Shares
of fewer than ten events are counts, never percentages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil
from statistics import median

from app.domain.work_orders import Outcome

ENOUGH = 10
# A fault was found; or somebody looked for nothing.
CAUGHT = frozenset({Outcome.FAULT_AS_PREDICTED, Outcome.OTHER_FAULT})
IN_VAIN = frozenset({Outcome.NOTHING_FOUND, Outcome.NOTHING_FOUND_REPLACED})


@dataclass(frozen=True, slots=True)
class Ratio:
    """*part* of *of* events."""

    part: int
    of: int

    @property
    def share(self) -> float | None:
        """The share in 0..1; None below ten events, where it would claim too much."""
        return self.part / self.of if self.of >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a machine, a class or a site; tallies add up.

    as_predicted, other_fault, in_vain: orders closed with a known outcome. caught: a fault found
    before the machine failed. warned: failures with an order in hand at least the minimum lead
    before. leads_hours: from the first warning to the failure.
    """

    machine_years: float = 0.0
    as_predicted: int = 0
    other_fault: int = 0
    in_vain: int = 0
    caught: int = 0
    warned: int = 0
    failures: int = 0
    dismissed: int = 0
    leads_hours: tuple[float, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def known(self) -> int:
        """Orders closed with a known outcome."""
        return self.as_predicted + self.other_fault + self.in_vain

    @property
    def precision(self) -> Ratio:
        """Fault as predicted / closed with a known outcome."""
        return Ratio(self.as_predicted, self.known)

    @property
    def any_fault(self) -> Ratio:
        """Any fault found / closed with a known outcome."""
        return Ratio(self.as_predicted + self.other_fault, self.known)

    @property
    def coverage(self) -> Ratio:
        """(Faults found + failures warned of in time) / (faults found + all failures)."""
        return Ratio(self.caught + self.warned, self.caught + self.failures)

    @property
    def alarms_per_machine_year(self) -> float | None:
        """Orders on which nothing was found, per machine and year; None before the first day."""
        return self.in_vain / self.machine_years if self.machine_years > 0 else None

    @property
    def told_alarm_rate(self) -> float | None:
        """The same as it is told to people: None below ten such orders."""
        return self.alarms_per_machine_year if self.in_vain >= ENOUGH else None

    @property
    def lead_median_hours(self) -> float | None:
        """Half of the warned failures had at least this much warning."""
        return median(self.leads_hours) if self.leads_hours else None

    @property
    def lead_p10_hours(self) -> float | None:
        """Nine of ten warned failures had at least this much warning."""
        return lowest_tenth(self.leads_hours)

    @property
    def events(self) -> int:
        """How much there is to tell."""
        return self.known + self.failures + self.dismissed


def lowest_tenth(values: Sequence[float]) -> float | None:
    """The 10th percentile by nearest rank; None of fewer than ten values."""
    if len(values) < ENOUGH:
        return None
    return sorted(values)[ceil(len(values) / 10) - 1]
