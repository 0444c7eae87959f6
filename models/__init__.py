"""Forewarn's prediction library: how likely is this machine to fail, within when, of what, why?

It knows numpy, scikit-learn and joblib; it has never heard of a web page or a database. Whoever
uses it imports from here only (those who hold pandas frames also from `models.frames`: its import
is left to them). Instants are int64 microseconds UTC; horizons, windows and ages count steps of
the class.

The way through, from the ground up:

    spec       what a class declares: roles, windows, horizons, modes, costs
    history    one machine's record up to an instant; nothing later may be in it
    frames     histories from and to pandas frames
    grid       readings brought to the class's step; gaps stay gaps
    windows    statistics of trailing windows in one pass
    normals    the healthy normal of a role, and when work may give it a new one
    regimes    operating points: what they explain is taken out of the readings
    signals    what each role told, against the machine's own healthy normal
    outcomes   what a record does to a life: the outcome table
    features   signals, events, ages, attributes: one named column each
    labels     what happened next, per mode, with censoring
    splits     forward-chaining origins with a gap
    samples    features and labels together: what the learners see
    health     how far a machine is from its own normal; needs no failure
    surveys    how the regimes of a class are found (role_regimes: what each role reads there)
    sisters    what the other machines of the class do at the same time
    limits     how far is too far: from the machine's own healthy history
"""

from __future__ import annotations

from models import artifacts, engines

# --- learning, forecasting, storing
from models.classes import ClassModel
from models.fleet import fit_classes, sample_machines, survey_machines, train_machines
from models.forecasts import Driver, Forecast, ModeForecast

# --- what goes in: specs and histories
from models.group_models import GroupModel
from models.health import HealthSeries, health_series
from models.history import (
    Events,
    Failures,
    HistoryError,
    Intervals,
    MachineHistory,
    Outcomes,
    Series,
    Services,
)

# --- what the learners see
from models.past_forecasts import PastForecasts
from models.recipes import Contest
from models.regimes import Regimes
from models.samples import NoReadings, Sample, build_sample
from models.spec import ClassSpec, CostSpec, RoleSpec, SpecError, TypicalLife
from models.surveys import Survey, fit_regimes
from models.training import Failed, MachineTask, Outcome, Skipped, Trained
from models.verdicts import Health, RoleDeviation, judge

__all__ = [
    "ClassModel",
    "ClassSpec",
    "Contest",
    "CostSpec",
    "Driver",
    "Events",
    "Failed",
    "Failures",
    "Forecast",
    "GroupModel",
    "Health",
    "HealthSeries",
    "HistoryError",
    "Intervals",
    "MachineHistory",
    "MachineTask",
    "ModeForecast",
    "NoReadings",
    "Outcome",
    "Outcomes",
    "PastForecasts",
    "Regimes",
    "RoleDeviation",
    "RoleSpec",
    "Sample",
    "Series",
    "Services",
    "Skipped",
    "SpecError",
    "Survey",
    "Trained",
    "TypicalLife",
    "artifacts",
    "build_sample",
    "engines",
    "fit_classes",
    "fit_regimes",
    "health_series",
    "judge",
    "sample_machines",
    "survey_machines",
    "train_machines",
]
