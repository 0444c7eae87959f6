"""Sensors that belong to somebody else, or to another time, teach nothing; nor does the future.

Twelve pumps whose bearings fail at random, half of them three times as often. Vibration rises
before each failure, and the pumps that fail often run hotter: so a predictor can know the moment,
and it can know the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.classes import ClassModel
from models.engines import SerialEngine
from models.fleet import fit_classes
from models.history import Failures, MachineHistory, Series, Services
from models.metrics import known_within, log_losses
from models.predictors.base import survival_at
from models.recipes import BY_NAME, Contest
from models.samples import Sample, build_sample
from models.spec import DAY_US, HOUR_US
from models.training import forecast_sample
from tests.unit.models.conftest import MONDAY, STEP, WARNING_STEPS
from tests.unit.models.learned_fleet import SPEC

DAYS, MACHINES = 200, 12
HALF_STEP = STEP // 2
OFTEN, SELDOM = 15.0, 45.0  # mean days between failures
ONE_MODE = replace(SPEC, modes=("bearing",), event_codes=())
COMPARED = ("everything, quick", "levels and trends")
Fleet = Sequence[MachineHistory]
# Mean log score a predictor may win by chance, and what the sensors are really worth.
NOISE, WORTH = 0.01, 0.1


@cache
def fleet() -> tuple[MachineHistory, ...]:
    return tuple(_pump(number) for number in range(MACHINES))


def _pump(number: int) -> MachineHistory:
    """Exponential lives: age tells nothing, only the machine's own rate and its sensors do."""
    random = np.random.default_rng(number)
    mean = OFTEN if number % 2 else SELDOM
    days = np.cumsum(random.exponential(mean, 10 * DAYS // int(mean)))
    halves = np.unique(np.ceil(days[days < DAYS] * DAY_US / HALF_STEP)).astype(np.int64)
    failed = MONDAY + halves * HALF_STEP
    at = np.arange(MONDAY + HOUR_US, MONDAY + DAYS * DAY_US + 1, 2 * HOUR_US, dtype=np.int64)
    left = (failed[np.searchsorted(failed, at).clip(max=len(failed) - 1)] - at) / STEP
    wear = np.where((left >= 0) & (left < WARNING_STEPS), 2.0, 0.0)
    warmth = 60.0 + 5.0 * (mean == OFTEN)
    parts = np.full(len(failed), "bearing")
    return MachineHistory(
        tag=f"P-{number}",
        class_code="pump",
        until=MONDAY + DAYS * DAY_US + STEP,
        readings={
            "vibration": Series(at, 2.0 + wear + 0.2 * random.standard_normal(len(at))),
            "temperature": Series(at, warmth + random.standard_normal(len(at))),
        },
        installed_at=MONDAY - 30 * DAY_US,
        services=Services(failed, parts, np.zeros(len(failed), bool), np.full(len(failed), "")),
        failures=Failures(failed, parts),
    )


def learned(found: Sequence[Sample], recipes: Sequence[str] = COMPARED) -> ClassModel:
    """What the class learns of these samples, by the better of a few recipes."""
    contests = {"pump": {"bearing": Contest(tuple(BY_NAME[name] for name in recipes))}}
    specs = {"pump": ONE_MODE}
    ((_, model),) = fit_classes({"pump": found}, specs, SerialEngine(), contests=contests)
    assert isinstance(model, ClassModel), model
    return model


def as_they_are(machines: Fleet) -> Fleet:
    return machines


def across_the_class(machines: Fleet) -> Fleet:
    """Every machine with the sensors of another one."""
    strangers = np.random.default_rng(7).permutation(len(machines))
    return [_with_sensors(m, machines[k]) for m, k in zip(machines, strangers, strict=True)]


def within_each_machine(machines: Fleet) -> Fleet:
    return [_with_sensors(machine, machine) for machine in machines]


def _with_sensors(machine: MachineHistory, of: MachineHistory) -> MachineHistory:
    """The machine's records with the sensors of one, read in another part of the time."""
    shift = int(0.37 * len(of.readings["vibration"].at))
    moved = {code: Series(s.at, np.roll(s.value, shift)) for code, s in of.readings.items()}
    return replace(machine, readings=moved)


@cache
def gains(shuffle: Callable[[Fleet], Fleet]) -> dict[str, float]:
    """Mean log score by which the class's hazard beats a rate on rows it never saw, by rate."""
    samples = [build_sample(machine, ONE_MODE) for machine in shuffle(fleet())]
    model = learned(samples)
    told = [_told(model, sample) for sample in samples]
    hazard, failed, own = (np.concatenate(column) for column in zip(*told, strict=True))
    base = np.full(len(failed), failed.mean())
    won = {name: log_losses(rate, failed) for name, rate in (("own", own), ("base", base))}
    return {k: float((loss - log_losses(hazard, failed)).mean()) for k, loss in won.items()}


def _told(model: ClassModel, sample: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The machine's tested rows: risk of the hazard, what happened, risk by the machine's rate."""
    curves, label = model.curves[sample.tag]["bearing"], sample.labels["bearing"]
    rows = np.searchsorted(sample.at, curves.at)
    window = ONE_MODE.risk_steps
    failed, known = known_within(label.duration[rows], label.kind[rows], window)
    risk = 1.0 - survival_at(curves.hazard.astype(float), ONE_MODE.edges, window)
    lives = sample.lives["bearing"]
    rate = lives.events.sum() / (lives.durations - lives.entry).sum()
    own = np.full(len(rows), 1.0 - np.exp(-rate * window))
    return risk[known], failed[known], own[known]


def test_the_sensors_as_they_are_tell_more_than_any_rate():
    assert gains(as_they_are)["own"] > WORTH
    assert gains(as_they_are)["base"] > WORTH


def test_sensors_of_other_machines_teach_no_more_than_the_base_rate():
    assert gains(across_the_class)["base"] < NOISE


def test_sensors_of_another_time_teach_no_more_than_the_machines_own_rates():
    assert gains(within_each_machine)["own"] < NOISE


def test_deleting_what_came_later_changes_no_forecast():
    at = eve_of_a_failure(fleet()[1])
    cut = [build_sample(machine.as_of(at), ONE_MODE) for machine in fleet()[:6]]
    whole = [build_sample(machine, ONE_MODE).as_of(at) for machine in fleet()[:6]]

    ignorant, informed = (learned(found, COMPARED[:1]) for found in (cut, whole))

    for one, other in zip(cut, whole, strict=True):
        assert said(informed, other) == said(ignorant, one)
    assert informed.gates == ignorant.gates


def eve_of_a_failure(machine: MachineHistory) -> int:
    """The last decision before one of its failures, half way through the record."""
    failed = int(machine.failures.at[len(machine.failures.at) // 2])
    return failed - 1 - (failed - 1 - MONDAY - STEP) % DAY_US


def said(model: ClassModel, sample: Sample) -> tuple[Any, ...]:
    """What is foretold of a machine, by itself, its class and its rivals."""
    with threadpool_limits(1):
        forecast, _ = forecast_sample(sample, ONE_MODE, model)
    return forecast.modes, forecast.machine, forecast.context
