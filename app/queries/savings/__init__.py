"""Questions of the savings page: what the plant knows of its own numbers, and what its record says.

assumptions  what the ledger assumes, with its history
numbers  the calculator's fields as far as the plant's record fills them in
ledger   confirmed findings, false alarms and misses since the first forecast, priced
lines    the same as one list, the newest first
"""

from __future__ import annotations

from app.queries.savings.answer import SavingsPage, savings_page
from app.queries.savings.assumptions import AssumptionBook, AssumptionView
from app.queries.savings.ledger import Ledger
from app.queries.savings.lines import LedgerLine, LineKind, all_lines, ledger_lines
from app.queries.savings.numbers import Number, Origin

__all__ = [
    "AssumptionBook",
    "AssumptionView",
    "Ledger",
    "LedgerLine",
    "LineKind",
    "Number",
    "Origin",
    "SavingsPage",
    "all_lines",
    "ledger_lines",
    "savings_page",
]
