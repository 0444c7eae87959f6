"""The predictors by name; a new one is one file here and one line in this table."""

from __future__ import annotations

from collections.abc import Mapping

from models.predictors.base import FailurePredictor
from models.predictors.deep import Deep
from models.predictors.ensemble import Ensemble
from models.predictors.hazard import Hazard
from models.predictors.level import Level
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference

PREDICTORS: Mapping[str, type[FailurePredictor]] = {
    "reference": Reference,
    "class_hazard": Hazard,
    "ensemble": Ensemble,
    "own_level": Level,
    "sensor_limit": SensorLimit,
    "deep": Deep,
}
