"""The honest record of the predictions: every failure and how it was met, every finding.

failures   each loss of function since the first forecast, with what was known before it
findings   what people found on predicted orders, and on inspections
silences   orders that were held back or withheld, and what became of the machine
missed     failures nobody had been told of, with what was known at the time
feedback   precision, coverage, lead and false alarms by machine, class, site and dismissal
answers    what each answer taught, and what moved the night after
"""

from __future__ import annotations

from app.queries.record.answers import AnswerLine, answers
from app.queries.record.failures import FailureLine, failures
from app.queries.record.feedback import (
    DismissalLine,
    Feedback,
    Group,
    feedback,
    machine_feedback,
)
from app.queries.record.findings import FindingLine, findings, inspections
from app.queries.record.missed import MissedLine, missed
from app.queries.record.silences import SilentSpell, silences
from app.queries.record.summary import Summary, Week, summary

__all__ = [
    "AnswerLine",
    "DismissalLine",
    "FailureLine",
    "Feedback",
    "FindingLine",
    "Group",
    "MissedLine",
    "SilentSpell",
    "Summary",
    "Week",
    "answers",
    "failures",
    "feedback",
    "findings",
    "inspections",
    "machine_feedback",
    "missed",
    "silences",
    "summary",
]
