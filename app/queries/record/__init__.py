"""The honest record of the predictions: every failure and how it was met, every finding.

failures   each loss of function since the first forecast, with what was known before it
findings   what people found on predicted orders
"""

from __future__ import annotations

from app.queries.record.failures import FailureLine, failures
from app.queries.record.findings import FindingLine, findings
from app.queries.record.summary import Summary, Week, summary

__all__ = ["FailureLine", "FindingLine", "Summary", "Week", "failures", "findings", "summary"]
