"""How good the forecasts are on the public Azure fleet: trained before August, tested after.

Decisions daily at 06:00 UTC; training rows end a gap (horizon and longest window) before the
origin; every machine, component and day of the test counts once; thresholds were fixed on
out-of-fold forecasts before the origin. The data reach the library through the product's tables.

A component that is replaced at the very instant of a decision has no life left to judge: such
rows do not count, as in the library's own back-tests. The variant "every row" counts them, too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from app.domain.instants import to_micros
from benchmarks.measuring import rules
from benchmarks.measuring.class_forecasts import forecasts
from benchmarks.measuring.fleets import Fleet, create_engine, read_fleet
from benchmarks.measuring.own_models import own_models
from benchmarks.measuring.plants import NoData, azure_folder, throw_away_plant
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions
from benchmarks.measuring.scoring import Foretold, Truth, score
from models.engines import Engine

ORIGIN = datetime(2015, 8, 1, 6, tzinfo=UTC)


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
    """Return the scores of the class hazard, and beside it those of its peers."""
    started = time.monotonic()
    engine = create_engine()
    with throw_away_plant(folder) as plant:
        say("reading machines ...")
        fleet = read_fleet(plant, engine)
    truth = _truth(fleet, origin)
    foretold = _foretold(fleet, origin, engine)
    scores = {name: score(one, truth) for name, one in foretold.items()}
    every = replace(truth, judged=np.ones_like(truth.judged))
    return {
        **scores.pop("class hazard"),
        "variants": {
            "as served": scores.pop("served"),
            "every row": score(foretold["class hazard"], every),
        },
        "peers": scores,
        "rows": int((truth.judged & truth.known_day).sum()),
        "failures": int((truth.day & truth.known_day).sum()),
        "machines": len(fleet.samples),
        "seconds": round(time.monotonic() - started, 1),
        "versions": versions(),
    }


def _foretold(fleet: Fleet, origin: int, engine: Engine) -> dict[str, Foretold]:
    def tell_fits(done: int, total: int) -> None:
        say(f"class stage: {done} of {total} fits")

    # Before this process forecasts anything itself: its workers are forked while that is safe.
    say("one model per machine ...")
    alone = own_models(fleet, origin, engine)
    return {
        **forecasts(fleet, origin, engine, tell_fits),
        "own models": alone,
        "event rule": rules.event_rule(fleet, origin),
        "alarm always": rules.always(fleet, origin),
        "alarm never": rules.never(fleet, origin),
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
