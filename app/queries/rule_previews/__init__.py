"""What an order rule would have done over the past year, on the forecasts as they were issued and,
before a machine's first, on what its predictor would have said of days it had not learnt from.

machines  whose forecasts are looked at
ends      how the lives of their components ended, work on them, and failures
reading   their forecasts, read and sorted once
issued    the same as arrays, with the risk over any window
back_tests  what stands in for them where no night had issued any
past      forecasts and what happened together, as arrays
shelf     pasts kept in memory until something newer is known
engine    the decisions of all nights in turn: which forecasts become orders
counting  what became of those orders, and which failures they came in time for
lines     the orders and failures one by one, months month by month
coverage  since when forecasts were issued, and what rests on back-tests
answer    the whole answer for a page
"""

from __future__ import annotations

from app.queries.rule_previews.answer import Marginal, Preview, rule_preview
from app.queries.rule_previews.counting import Counts, Share
from app.queries.rule_previews.coverage import Coverage
from app.queries.rule_previews.lines import OrderLine
from app.queries.rule_previews.months import Kinds, Month
from app.queries.rule_previews.shelf import Shelf

__all__ = [
    "Counts",
    "Coverage",
    "Kinds",
    "Marginal",
    "Month",
    "OrderLine",
    "Preview",
    "Share",
    "Shelf",
    "rule_preview",
]
