"""Charts as JSON: columns of numbers for uPlot, instants as seconds since 1970."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.queries.charts import MICROSECONDS, Mark, RiskChart, SensorChart
from app.web.words import label

DIGITS = 6


def sensor_data(found: SensorChart) -> dict[str, Any]:
    """at, value, and low and high when the points are means of hours; marks."""
    chart = found.chart
    return {
        "at": (chart.at / MICROSECONDS).tolist(),
        "value": _figures(chart.value),
        "low": None if chart.low is None else _figures(chart.low),
        "high": None if chart.high is None else _figures(chart.high),
        "marks": [_mark(mark) for mark in found.marks],
    }


def risk_data(found: RiskChart) -> dict[str, Any]:
    """at, value (risk in 0..1), the threshold, marks."""
    return {
        "at": [at.timestamp() for at in found.history.at],
        "value": [round(risk, DIGITS) for risk in found.history.risk],
        "threshold": found.history.threshold if np.isfinite(found.history.threshold) else None,
        "marks": [_mark(mark) for mark in found.marks],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    text = f"{mark.text}, {label(mark.dismissal)}" if mark.dismissal else mark.text
    return {"kind": mark.kind, "at": mark.at.timestamp(), "text": text}


def _figures(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Six significant digits; a gap is null."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]
