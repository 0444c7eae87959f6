"""The night's last word: forecasts become decisions, decisions become predicted-failure orders.

One transaction after all outcomes, deterministic and idempotent: the same forecasts decided twice
raise nothing twice. A human's move always wins; the night never closes an order.
"""

from __future__ import annotations

from app.services.predictions.deciding import Decided, decide
from app.services.predictions.notes import NIGHT

__all__ = ["NIGHT", "Decided", "decide"]
