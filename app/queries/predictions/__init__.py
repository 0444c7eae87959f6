"""What the last nights said of the machines.

basics     what every question about forecasts shares: the newest one, names, thresholds
gates      which predictions have earned the right to raise orders
decisions  what a night decided on a machine's modes
leading    the riskiest component of a machine, and how long its work can wait
rows       a machine of the ranking with all that stands in its line
ranking    the fleet by risk, by expected loss or by when work must begin
"""

from __future__ import annotations

from app.queries.predictions.basics import (
    horizons,
    mode_names,
    newest_forecast,
    seen,
    thresholds,
)
from app.queries.predictions.decisions import HELD, DecisionView, decisions
from app.queries.predictions.gates import GateView, gates
from app.queries.predictions.leading import Leading, leading
from app.queries.predictions.ranking import (
    RankBy,
    RankingFilters,
    Standing,
    held_back,
    ranking,
)
from app.queries.predictions.rows import RiskRow

__all__ = [
    "HELD",
    "DecisionView",
    "GateView",
    "Leading",
    "RankBy",
    "RankingFilters",
    "RiskRow",
    "Standing",
    "decisions",
    "gates",
    "held_back",
    "horizons",
    "leading",
    "mode_names",
    "newest_forecast",
    "ranking",
    "seen",
    "thresholds",
]
