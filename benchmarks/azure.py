"""How good the forecasts are on the public Azure fleet: trained before August, tested after.

Decisions daily at 06:00 UTC; training rows end a gap (horizon and longest window) before the
origin; every machine, component and day of the test counts once; thresholds were fixed on
out-of-fold forecasts before the origin. The data reach the library through the product's tables.

A component that is replaced at the very instant of a decision has no life left to judge: such
rows do not count, as in the library's own back-tests. The variant "every row" counts them, too.

"unseen" and "by_model" ask about machines that the class was not taught: in four parts dealt out,
and model by model. "lead_times" and "cost" count every failure once: alarms at the fixed threshold,
looked at a day and a week ahead, and the orders that the class's own rule would have asked for.
Intervals are 90 %, over machines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from app.domain.instants import to_micros
from benchmarks.measuring import rules
from benchmarks.measuring.class_forecasts import HAZARD, forecasts, left_out_forecasts
from benchmarks.measuring.class_stage import NOBODY, Learned, Machines, fit_gapped, learn_class
from benchmarks.measuring.fleets import Fleet, create_engine, read_fleet
from benchmarks.measuring.lead_times import Warned, lead_times
from benchmarks.measuring.left_out import by_attribute, dealt
from benchmarks.measuring.machine_draws import intervals_90
from benchmarks.measuring.order_costs import order_costs
from benchmarks.measuring.own_models import own_models
from benchmarks.measuring.plants import NoData, azure_folder, throw_away_plant
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions
from benchmarks.measuring.scoring import Bools, Floats, Foretold, Truth, calibration, score
from models.engines import Engine
from models.gate import order_threshold
from models.group_models import GroupModel

ORIGIN = datetime(2015, 8, 1, 6, tzinfo=UTC)
MODEL = "model"
"""The attribute that says which make and type a machine is."""


@click.command()
@data_folder
@as_json
def command(folder: str | None, as_json: bool) -> None:
    """Train before August 2015, test August to December; DIR holds the PdM_*.csv files."""
    try:
        found = azure_folder(folder)
    except NoData as trouble:
        say(f"skipped: {trouble}")
        sys.exit(2 if folder else 0)
    tell(measure(found, to_micros(ORIGIN)), as_json=as_json)


def measure(folder: Path, origin: int) -> dict[str, Any]:
    """Return the scores of the class hazard, what they are made of, and those of its peers."""
    started = time.monotonic()
    engine = create_engine()
    with throw_away_plant(folder) as plant:
        say("reading machines ...")
        fleet = read_fleet(plant, engine)
    return {
        **measure_fleet(fleet, origin, engine),
        "seconds": round(time.monotonic() - started, 1),
        "versions": versions(),
    }


def measure_fleet(fleet: Fleet, origin: int, engine: Engine) -> dict[str, Any]:
    """Return everything that is measured of machines that were read."""
    truth, stage = _truth(fleet, origin), _learn(fleet, origin, engine)
    told = forecasts(stage.learned, stage.known)
    hazard, served = (told.foretold.pop(name) for name in (HAZARD, "served"))
    peers = told.foretold | stage.peers
    every = replace(truth, judged=np.ones_like(truth.judged))
    return {
        **score(hazard, truth),
        "intervals_90": intervals_90(hazard, truth),
        **_unseen(stage, truth),
        "variants": {"as served": score(served, truth), "every row": score(hazard, every)},
        "peers": {name: score(one, truth) for name, one in peers.items()},
        "by_model": _by_model(stage, hazard, truth),
        "by_mode": _by_mode(fleet, hazard, truth),
        "calibration": calibration(hazard, truth),
        **_events(fleet, origin, hazard.alarm & truth.judged, told.order_risk, truth.judged),
        "rows": int(truth.day_counts.sum()),
        "failures": truth.failures,
        "machines": len(fleet.samples),
    }


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that has to be fitted: the class with everybody, without parts, without each model."""

    learned: Learned
    known: Sequence[GroupModel]
    parts: Sequence[Machines]
    without_part: Sequence[Sequence[GroupModel]]
    models: dict[str, Machines]
    without_model: Sequence[Sequence[GroupModel]]
    peers: dict[str, Foretold]


def _learn(fleet: Fleet, origin: int, engine: Engine) -> _Stage:
    """Fit everything before this process foretells anything itself: its workers are forked while
    that is safe."""

    def tell_fits(done: int, total: int) -> None:
        say(f"class stage: {done} of {total} fits")

    say("one model per machine ...")
    peers = {
        "own models": own_models(fleet, origin, engine),
        "event rule": rules.event_rule(fleet, origin),
        "alarm always": rules.always(fleet, origin),
        "alarm never": rules.never(fleet, origin),
    }
    learned = learn_class(fleet, origin, engine, tell_fits)
    parts, models = dealt(learned), by_attribute(fleet, MODEL)
    say("the class without some of its machines ...")
    known, *without = fit_gapped(learned, [NOBODY, *parts, *models.values()], engine)
    cut = len(parts)
    return _Stage(learned, known, parts, without[:cut], models, without[cut:], peers)


def _unseen(stage: _Stage, truth: Truth) -> dict[str, Any]:
    """Machines the class was not taught, together (micro average)."""
    told = left_out_forecasts(stage.learned, stage.parts, stage.without_part)
    scores = score(told, truth)
    return {
        **{f"{name}_unseen": scores[name] for name in ("f1_24h", "ap_24h", "ap_7d")},
        "unseen": {
            **scores,
            "intervals_90": intervals_90(told, truth),
            "parts": len(stage.parts),
        },
    }


def _by_model(stage: _Stage, known: Foretold, truth: Truth) -> dict[str, dict[str, Any]]:
    """Machines of a model of which the class was not taught a single one; beside it the F1 of the
    class that was."""
    fleet, models = stage.learned.fleet, stage.models
    told = left_out_forecasts(stage.learned, list(models.values()), stage.without_model)
    rows = {
        model: np.array([sample.tag in tags for sample in fleet.samples])
        for model, tags in models.items()
    }
    rows["together"] = np.ones(len(fleet.samples), bool)
    return {
        name: _counted(told.take(machines), truth.take(machines))
        | {"f1_24h_taught": score(known.take(machines), truth.take(machines))["f1_24h"]}
        for name, machines in rows.items()
    }


def _by_mode(fleet: Fleet, told: Foretold, truth: Truth) -> dict[str, dict[str, Any]]:
    cuts = {mode: np.s_[:, [number]] for number, mode in enumerate(fleet.modes)}
    return {mode: _counted(told.take(cut), truth.take(cut)) for mode, cut in cuts.items()}


def _counted(told: Foretold, truth: Truth) -> dict[str, Any]:
    machines, failures = len(truth.day), truth.failures
    return {"machines": machines, "failures": failures, **score(told, truth)}


def _events(
    fleet: Fleet, origin: int, alarm: Bools, order_risk: Floats, judged: Bools
) -> dict[str, dict[str, Any]]:
    """Lead times of the alarms at the fixed threshold and of the orders the class's rule asks for;
    and what these orders cost."""
    spec = fleet.spec
    lead, horizon = (steps / spec.steps_per_day for steps in (spec.lead_steps, spec.horizon_steps))
    asked = (order_risk >= order_threshold(spec.costs)) & judged
    orders = Warned(asked, origin, horizon, lead)
    warned = {"24h": Warned(alarm, origin, 1.0), "7d": Warned(alarm, origin, 7.0), "orders": orders}
    return {
        "lead_times": {name: lead_times(fleet, one) for name, one in warned.items()},
        "cost": order_costs(fleet, orders, judged),
    }


def _truth(fleet: Fleet, origin: int) -> Truth:
    tested = fleet.at >= origin
    known_day, known_week = fleet.known(1, fleet.until), fleet.known(7, fleet.until)
    return Truth(
        day=fleet.fails_day[..., tested],
        week=fleet.fails_week[..., tested],
        known_day=known_day[tested],
        known_week=known_week[tested],
        judged=fleet.at_risk[..., tested],
        base_day=float(fleet.fails_day[..., fleet.known(1, origin)].mean()),
        base_week=float(fleet.fails_week[..., fleet.known(7, origin)].mean()),
    )


if __name__ == "__main__":
    command()
