"""Units that lived once each: a table of their readings becomes histories, samples and curves.

Time without a calendar is stored as the product stores it: one step is one hour, the first one
ends an hour after 2000-01-01 00:00 UTC. The class stage is the night's own, but back-tested on
units it has not seen: lives that run side by side have no common calendar to go forward in.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.tasks import TaskLost
from models import ClassSpec, Failures, MachineHistory, RoleSpec, Sample, Series, build_sample
from models.backtests import assemble
from models.class_data import prepare
from models.class_fits import run_fit
from models.classes import ClassModel
from models.engines import Engine, Lost
from models.group_models import reference_survival
from models.races import Race
from models.spec import HOUR_US
from models.surveys import fit_regimes, steps_each, survey_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FIRST_US = 946_684_800_000_000  # 2000-01-01 00:00 UTC
MODE = "unit"  # what fails: the whole unit
EVERY_ROW = slice(None)
# What reading a missing, cut or garbled file raises; pandas' own complaints are ValueErrors.
UNREADABLE = (OSError, EOFError, ValueError, zlib.error)


class BadFile(Exception):
    """A file is missing or is not what it should be; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: step numbers rising from 1, and one value per sensor and step, NaN = missing.

    `failed`: it failed at its last step; else it was still running then.
    """

    name: str
    steps: Whole
    readings: Mapping[str, Floats]
    failed: bool


def unit_spec(
    code: str,
    sensors: Sequence[str],
    conditions: Sequence[str],
    *,
    windows: tuple[int, ...],
    horizons: tuple[int, ...],
    review_steps: int,
    lead_steps: int,
    horizon_steps: int,
    baseline_steps: int,
) -> ClassSpec:
    """Return the class of such units: everything here a user sets on an equipment class.

    Raw values mean the same on every unit: all of them are of one make, on one rig or fleet.
    """
    return ClassSpec(
        code=code,
        roles=tuple(
            RoleSpec(name, name, "", is_condition=name in conditions, is_comparable=True)
            for name in (*sensors, *conditions)
        ),
        decision_us=0,
        review_steps=review_steps,
        windows=windows,
        horizons=horizons,
        lead_steps=lead_steps,
        horizon_steps=horizon_steps,
        modes=(MODE,),
        baseline_steps=baseline_steps,
    )


def unit_history(unit: Unit, spec: ClassSpec) -> MachineHistory:
    """Return what is known of a unit just after its last step."""
    at = FIRST_US + unit.steps * HOUR_US
    last = int(at[-1])
    failures = Failures(np.array([last]), np.array([MODE])) if unit.failed else Failures()
    return MachineHistory(
        tag=unit.name,
        class_code=spec.code,
        until=last + int(unit.failed),  # a failure counts strictly before `until`
        readings={code: Series(at, values) for code, values in unit.readings.items()},
        installed_at=FIRST_US,
        failures=failures,
    )


def with_regimes(spec: ClassSpec, histories: Sequence[MachineHistory]) -> ClassSpec:
    """Return the class with its operating regimes, found in the units it may learn from."""
    steps = steps_each(len(histories))
    surveys = [survey_of(history, spec, steps) for history in histories]
    return replace(spec, regimes=fit_regimes(spec, surveys))


def unit_samples(spec: ClassSpec, units: Sequence[Unit]) -> tuple[Sample, ...]:
    """Return the sample of every unit."""
    return tuple(build_sample(unit_history(unit, spec), spec) for unit in units)


def learned(
    spec: ClassSpec, samples: Sequence[Sample], engine: Engine, *, folds: int
) -> ClassModel:
    """Return what the night's class stage learns of units, back-tested on units left out.

    Raise TaskLost when a fit was lost.
    """
    data = prepare(spec, samples, units=folds)
    race = Race(data, 0)
    while tasks := race.next_tasks():
        for index, result in engine.stream(run_fit, tasks, shared={spec.code: data}):
            if isinstance(result, Lost):
                raise TaskLost(f"{result.reason}\n{result.detail}")
            race.take(tasks[index], result)
        race.close_round()
    return assemble(data, [race])


def unit_curves(model: ClassModel, sample: Sample, rows: slice | Whole = EVERY_ROW) -> Floats:
    """Return the curves (rows, bins + 1) of what the class learned from sensors, calibrated.

    Where there were too few failures for a hazard, the age rule's.
    """
    (group,) = model.groups
    return (
        age_curves(model, sample, rows) if group.hazard is None else group.survival(sample.X[rows])
    )


def served_unit_curves(
    model: ClassModel, sample: Sample, rows: slice | Whole = EVERY_ROW
) -> Floats:
    """Return the curves (rows, bins + 1) of the rung that serves: sensors, or age alone."""
    (group,) = model.groups
    told = age_curves if group.rung == "reference" else unit_curves
    return told(model, sample, rows)


def age_curves(model: ClassModel, sample: Sample, rows: slice | Whole = EVERY_ROW) -> Floats:
    """Return the age rule's survival curves (rows, bins + 1) of a unit's rows."""
    (group,) = model.groups
    return reference_survival(group.references, {MODE: sample.labels[MODE].age[rows][:, None]})
