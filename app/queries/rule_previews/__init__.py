"""What an order rule would have done over the past year, on the forecasts as they were issued.

machines  whose forecasts are looked at
ends      how the lives of their components ended, work on them, and failures
reading   their forecasts, read and sorted once
issued    the same as arrays, with the risk over any window
past      both together, as arrays
shelf     pasts kept in memory until something newer is known
engine    the decisions of all nights in turn: which forecasts become orders
counting  what became of those orders, and which failures they came in time for
lines     the orders and failures one by one, months month by month
answer    the whole answer for a page
"""

from __future__ import annotations

from app.queries.rule_previews.answer import Marginal, Preview, rule_preview
from app.queries.rule_previews.counting import Counts
from app.queries.rule_previews.lines import OrderLine
from app.queries.rule_previews.months import Month
from app.queries.rule_previews.shelf import Shelf

__all__ = ["Counts", "Marginal", "Month", "OrderLine", "Preview", "Shelf", "rule_preview"]
