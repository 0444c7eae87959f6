"""One machine's night: load, choose among what its class offers, forecast. Never raises."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.choices import BY_AGE, Choice, choose, served_curves
from models.classes import ClassModel
from models.explain import RiskOf, age_driver, drivers
from models.features import event_codes_of
from models.forecasts import Driver, Forecast, ModeForecast, machine_forecast, mode_forecast
from models.health import HealthSeries, has_normal, health_series, missing_normal
from models.history import MachineHistory
from models.machine_scores import own_scores
from models.memory import context_of
from models.own import OwnHazard
from models.past_forecasts import PastForecasts, past_forecasts
from models.peers import peer_curves, peer_risks
from models.predictors.base import survival_at
from models.samples import NoReadings, Sample, build_sample
from models.spec import ClassSpec

Floats = NDArray[np.float64]
OwnRecords = Mapping[str, Mapping[str, Any]]
NO_RECORDS: OwnRecords = {}


@dataclass(frozen=True, slots=True)
class MachineTask:
    """One machine to train. `load` must be picklable; `weight` puts the largest first.

    own_records: by group of modes, how its own hazard compared when that was last measured.
    """

    tag: str
    load: Callable[[], MachineHistory]
    spec: ClassSpec
    weight: float = 1.0
    own_records: OwnRecords = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """A machine with an answer. On the rung "health" there is no forecast, on "not_enough_data"
    one by age where its class has an age rule; `reason` says what is missing. `health` is there
    on every rung, to be judged with that of its sisters. `manifest` and `parts` are what
    `artifacts.pack` takes. `past` is what would have been told over the past year, of a night
    that fitted its class."""

    tag: str
    rung: str
    reason: str
    forecast: Forecast | None
    metrics: Mapping[str, Any]
    manifest: Mapping[str, Any]
    parts: Mapping[str, NDArray[Any]]
    health: HealthSeries | None = None
    past: tuple[PastForecasts, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A machine that has nothing to train on; `reason` is a sentence."""

    tag: str
    reason: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """A machine whose training broke; `reason` is the traceback, or how its worker was lost."""

    tag: str
    reason: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0


Outcome = Trained | Skipped | Failed


def train_machine(
    task: MachineTask, class_model: ClassModel | None, validate: bool = True
) -> Outcome:
    """Train and forecast one machine; trouble is a value, too.

    `validate` False only brings the level up to date and forecasts. class_model None: its class
    has learned nothing yet.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        with threadpool_limits(1):
            outcome: Outcome = _train(task, class_model, validate)
    except NoReadings as trouble:
        outcome = Skipped(task.tag, str(trouble))
    except IncompatibleClass as trouble:
        outcome = Failed(task.tag, str(trouble))
    except Exception:  # carried home: workers have no log handlers, the parent logs it
        outcome = Failed(task.tag, traceback.format_exc())
    return replace(
        outcome,
        seconds=time.perf_counter() - wall,
        cpu_seconds=time.process_time() - cpu,
    )


def forecast_sample(
    sample: Sample,
    spec: ClassSpec,
    class_model: ClassModel,
    own_records: OwnRecords = NO_RECORDS,
) -> tuple[Forecast, list[Choice]]:
    """Return the forecast from the newest row of a sample, and what serves each group."""
    curves = class_model.curves.get(sample.tag, {})
    choices = [
        choose(sample, spec, model, curves.get(name), own_records.get(name))
        for model, name in ((model, model.group.name) for model in class_model.groups)
    ]
    modes = [mode for choice in choices for mode in _modes(sample, spec, choice)]
    ordered = tuple(sorted(modes, key=lambda mode: spec.mode_codes.index(mode.mode)))
    machine = machine_forecast(ordered, spec)
    leading = max(ordered, key=lambda mode: mode.risk)
    chosen = next(c for c in choices if leading.mode in c.model.group.modes)
    forecast = Forecast(
        tag=sample.tag,
        as_of=sample.until,
        rung=machine.rung,
        machine=machine,
        modes=ordered,
        drivers=_drivers(sample, spec, chosen, leading),
        standing_since=sample.standing_since,
        context={}
        if class_model.memory is None
        else context_of(sample, spec, class_model.memory, leading, chosen.model.group.name),
    )
    return forecast, choices


def _train(task: MachineTask, class_model: ClassModel | None, validate: bool) -> Outcome:
    task = _as_fitted(task, class_model)
    sample = build_sample(task.load(), task.spec)
    health = health_series(sample, task.spec)
    if class_model is None or not class_model.has_age_rule:
        rung, missing = _without_forecast(task.spec, class_model, health)
        return Trained(task.tag, rung, missing, None, {}, {}, {}, health)
    _require_same_columns(sample, class_model)
    forecast, choices = forecast_sample(sample, task.spec, class_model, task.own_records)
    metrics = own_scores(sample, task.spec, class_model) if validate else {}
    for choice in choices:
        if validate and isinstance(choice.own, OwnHazard):
            metrics.setdefault(choice.model.group.name, {})["own"] = choice.own.to_json()
    manifest, parts = _artifact(sample, task.spec, class_model, forecast, choices)
    reason = next(c.reason for c in choices if c.rung == forecast.rung)
    told = {"groups": metrics}
    tested = class_model.curves.get(sample.tag, {}) if validate else {}
    past = past_forecasts(sample, task.spec, choices, tested)
    return Trained(task.tag, forecast.rung, reason, forecast, told, manifest, parts, health, past)


class IncompatibleClass(ValueError):
    """A class was fitted on other columns than its machines have today; the text names them."""


def _require_same_columns(sample: Sample, class_model: ClassModel) -> None:
    """Never guess a column: a role that was added, renamed or dropped needs a new fit."""
    mine = [str(name) for name in sample.names]
    if tuple(mine) == class_model.names:
        return
    new = sorted({name.split(".")[0] for name in set(mine) - set(class_model.names)})
    gone = sorted({name.split(".")[0] for name in set(class_model.names) - set(mine)})
    said = [f"{word} {', '.join(names)}" for word, names in (("new", new), ("gone", gone)) if names]
    raise IncompatibleClass(
        f"Incompatible: class {class_model.code} was learned with other columns "
        f"({'; '.join(said) or 'in another order'}). It forecasts again after the next refit."
    )


def _as_fitted(task: MachineTask, class_model: ClassModel | None) -> MachineTask:
    """Return the task without event codes that appeared only after its class was fitted, and with
    the operating regimes it was fitted in."""
    if class_model is None:
        return task
    codes = event_codes_of(class_model.names, task.spec)
    spec = replace(task.spec, event_codes=codes, regimes=class_model.regimes)
    return replace(task, spec=spec)


def _without_forecast(
    spec: ClassSpec, class_model: ClassModel | None, health: HealthSeries
) -> tuple[str, str]:
    """Return the rung of a machine that nothing can be foretold of, and what is missing."""
    rung = "health" if has_normal(health.normals) else "not_enough_data"
    lacking = "" if rung == "health" else missing_normal(health.normals, spec, health.as_of) + " "
    if class_model is None:
        return rung, f"{lacking}Class {spec.code} has learned nothing yet."
    return rung, (
        f"{lacking}No failure or confirmed fault of class {spec.code} is on record. The age rule "
        "needs one, or a typical life entered by a planner; the class hazard needs 8. Importing "
        "past work orders brings them sooner."
    )


# --- the forecast


def _modes(sample: Sample, spec: ClassSpec, choice: Choice) -> list[ModeForecast]:
    group = choice.model.group
    told = peer_curves(choice, sample)
    if choice.rung in BY_AGE:
        return [
            mode_forecast(
                mode,
                told["reference"][mode],
                spec,
                rung=choice.rung,
                certain=True,
                peers=peer_risks(told, mode, spec),
            )
            for mode in group.modes
            if choice.model.tells_age_of(mode)
        ]
    curve = served_curves(choice, sample.X[-1:])[0]
    return [
        mode_forecast(
            mode,
            curve**share,
            spec,
            rung=choice.rung,
            certain=group.certain,
            peers=peer_risks(told, mode, spec),
        )
        for mode, share in zip(group.modes, group.shares, strict=True)
    ]


def _drivers(
    sample: Sample, spec: ClassSpec, choice: Choice, leading: ModeForecast
) -> tuple[Driver, ...]:
    mode = leading.mode
    if choice.rung in BY_AGE:
        new = choice.model.references[mode].predict_survival(np.zeros((1, 1)))
        risk_if_new = 1.0 - float(survival_at(new, spec.edges, spec.risk_steps)[0])
        age = float(_age(sample, mode)[0, 0])
        told = age_driver(spec, mode, age, risk=leading.risk, risk_if_new=risk_if_new)
        return (told,)
    share = choice.model.group.shares[choice.model.group.modes.index(mode)]
    return drivers(sample, spec, mode, _risk_of(choice, spec, share))


def _risk_of(choice: Choice, spec: ClassSpec, share: float) -> RiskOf:
    def risk_of(rows: NDArray[np.float32]) -> Floats:
        left = survival_at(served_curves(choice, rows) ** share, spec.edges, spec.risk_steps)
        return np.asarray(1.0 - left)

    return risk_of


def _age(sample: Sample, mode: str) -> Floats:
    return np.asarray(sample.labels[mode].age[-1:][:, None])


# --- what is stored


def _artifact(
    sample: Sample,
    spec: ClassSpec,
    class_model: ClassModel,
    forecast: Forecast,
    choices: list[Choice],
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return (manifest, parts): baselines, levels, and which class model they refer to."""
    manifest = {
        "kind": "machine",
        "tag": sample.tag,
        "class": class_model.code,
        "class_digest": class_model.digest,
        "settings": spec.settings_hash(),
        "as_of": sample.until,
        "rung": forecast.rung,
        "levels": {
            choice.model.group.name: {
                "rung": choice.rung,
                "level": choice.level,
                "strength": choice.model.strength,
                **asdict(choice.tally),
            }
            for choice in choices
        },
        "baselines": {role: asdict(b) if b else None for role, b in sample.baselines.items()},
    }
    return manifest, {"newest_row": sample.X[sample.newest]}
