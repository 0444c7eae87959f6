"""The product's own answers: its record of failures and findings, its savings ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.roles import EVERYWHERE
from app.domain.warnings import Met
from app.domain.work_orders import Outcome
from app.queries import record
from app.queries.record import FailureLine, FindingLine
from app.queries.savings import savings_page

YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Reported:
    """The lines of the record, and what each answered order is said to have saved (likely).

    saved: moment and amount, before the running cost, which is `running_a_year`. total: the
    ledger's own bottom line.
    """

    failures: tuple[FailureLine, ...]
    findings: tuple[FindingLine, ...]
    saved: tuple[tuple[datetime, float], ...]
    running_a_year: float
    total: float

    def within(self, since: datetime, until: datetime) -> Reported:
        """The same of [since, until); its total is what the ledger's lines add up to there."""
        saved = tuple(line for line in self.saved if since <= line[0] < until)
        running = self.running_a_year * ((until - since) / YEAR)
        return Reported(
            failures=tuple(line for line in self.failures if since <= line.at < until),
            findings=tuple(line for line in self.findings if since <= line.at < until),
            saved=saved,
            running_a_year=self.running_a_year,
            total=sum(amount for _, amount in saved) - running,
        )

    def coverage(self, lead: timedelta) -> float | None:
        """(Faults found + failures with an order in hand *lead* before) / (faults + failures).

        The definition of the domain model, section 5; None without an event.
        """
        caught = record.summary(self.failures, self.findings).caught
        warned = sum(_had_time(line, lead) for line in self.failures)
        events = caught + len(self.failures)
        return (caught + warned) / events if events else None

    def precision(self) -> float | None:
        """Orders closed "fault as predicted" / orders closed with a known outcome."""
        outcomes = record.summary(self.failures, self.findings).outcomes
        known = sum(n for outcome, n in outcomes.items() if outcome is not Outcome.NOT_INSPECTED)
        return outcomes.get(Outcome.FAULT_AS_PREDICTED, 0) / known if known else None

    def answered(self) -> frozenset[int]:
        """The orders behind the precision."""
        known = (line for line in self.findings if line.outcome is not Outcome.NOT_INSPECTED)
        return frozenset(line.order_id for line in known)


def read(session: Session, *, now: datetime) -> Reported:
    """What the pages of record and savings show at *now*."""
    page = savings_page(session, scope=EVERYWHERE, now=now, today=now.date(), typed={})
    entries = (*page.ledger.found, *page.ledger.alarms)
    return Reported(
        failures=record.failures(session, scope=EVERYWHERE, now=now),
        findings=record.findings(session, scope=EVERYWHERE, now=now),
        saved=tuple((entry.line.at, entry.likely.total) for entry in entries),
        running_a_year=page.assumptions.system_cost_per_year,
        total=page.ledger.total.likely,
    )


def _had_time(line: FailureLine, lead: timedelta) -> bool:
    is_warned = line.met is Met.WARNED and line.lead_hours is not None
    return is_warned and (line.lead_hours or 0.0) >= lead / HOUR
