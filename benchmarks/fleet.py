"""How good the forecasts are on any fleet, brought as the product's own CSV files.

The folder is imported as a user would import it, then nights are run as of past days. A night
knows what was on record by then; history counts as known when it happened. Alarms are those of
the order rule: risk until one look after the planning lead >= inspection / (detection share x
(unplanned - planned)), costs 1 : 5 : 25, detection share 0.8. That threshold comes from costs and
was fixed before any of these nights; rung and gate may forbid an order, as they do in the product.

Peers: the age rule under the same order rule, the machine's largest deviation from its own normal
against its own limit, an alarm always, an alarm never; and the predictor without rung and gate.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from benchmarks.measuring.as_of_nights import Replayed, live_nights, set_rules
from benchmarks.measuring.empty_plants import BadFolder, empty_plant, import_folder
from benchmarks.measuring.fleet_rules import Rules, rivals
from benchmarks.measuring.plants import ThrowAwayPlant
from benchmarks.measuring.record import Record, read_record
from benchmarks.measuring.report import as_json, say, tell, versions

DAY = timedelta(days=1)
# Classes decide in the small hours of their own time zone: by noon UTC each has.
NOON = timedelta(hours=12)
_day = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "first", type=_day, required=True, help="The first night.")
@click.option("--to", "last", type=_day, required=True, help="The last night, at most.")
@click.option("--every", type=click.IntRange(1), default=7, help="Days between nights.")
@click.option("--horizon", type=click.IntRange(1), default=14, help="Days a warning counts for.")
@click.option("--lead", type=click.IntRange(0), default=3, help="Least days of warning.")
@click.option("--refit-every", type=click.IntRange(1), default=1, help="Refit each k-th night.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; else one per core.")
@as_json
def command(
    folder: Path,
    first: datetime,
    last: datetime,
    every: int,
    horizon: int,
    lead: int,
    refit_every: int,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Score forecasts on DIR: equipment, sensors, readings*, failures, services .csv (or .gz)."""
    if last < first:
        raise click.UsageError(f"--to {last:%Y-%m-%d} lies before --from {first:%Y-%m-%d}.")
    if lead >= horizon:
        raise click.UsageError(f"--lead {lead} must be shorter than --horizon {horizon}.")
    if every > horizon - lead:
        say(f"nights {every} days apart miss failures that are warned of for {horizon - lead} days")
    wanted = Replayed(
        at=nights(first, last, every),
        refit_every=refit_every,
        window=(lead + every) * DAY,
        horizon=horizon * DAY,
        workers=jobs,
    )
    try:
        with empty_plant() as plant:
            import_folder(plant, folder)
            report = measure(plant, wanted, lead * DAY)
            tell(report if as_json else for_people(report), as_json=as_json)
    except BadFolder as trouble:
        say(str(trouble))
        sys.exit(2)


def nights(first: datetime, last: datetime, every: int) -> list[datetime]:
    """Return noon UTC of each night's day."""
    count = (last - first) // (every * DAY) + 1
    return [first.replace(tzinfo=UTC) + NOON + k * every * DAY for k in range(count)]


def measure(plant: ThrowAwayPlant, wanted: Replayed, lead: timedelta) -> dict[str, Any]:
    """Return the scores of the product's alarms and of their peers; raise BadFolder."""
    started = time.monotonic()
    record = read_record(plant)
    at = judged_nights(record, wanted)
    hours = timedelta(hours=1)
    set_rules(
        plant,
        at[0] - DAY,
        lead_hours=int(lead / hours),
        horizon_hours=int(wanted.horizon / hours),
    )
    lived = list(live_nights(plant, wanted.on(at)))
    scores = rivals(record, lived, Rules(wanted.window, wanted.horizon, lead))
    own = scores.pop("forewarn")
    return {
        **own,
        "peers": scores,
        "nights": len(lived),
        "refits": sum(night.is_refit for night in lived),
        "machines": len(record.machines),
        "horizon_days": wanted.horizon / DAY,
        "lead_days": lead / DAY,
        "threshold": max((told.threshold for night in lived for told in night.told), default=None),
        "threshold_window_days": wanted.window / DAY,
        "threshold_by": "order rule: inspection / (detection share x (unplanned - planned))",
        "seconds": round(time.monotonic() - started, 1),
        "versions": versions(),
    }


def for_people(report: Mapping[str, Any]) -> dict[str, Any]:
    """The same without the peers' intervals, which make no table."""
    peers = {
        name: {key: value for key, value in scores.items() if "interval" not in key}
        for name, scores in report["peers"].items()
    }
    return {**report, "peers": peers}


def judged_nights(record: Record, wanted: Replayed) -> list[datetime]:
    """Return the nights whose horizon ends within the record; raise BadFolder without any."""
    end = datetime.fromtimestamp(record.until / 1e6, UTC)
    kept = [at for at in wanted.at if at + wanted.horizon <= end]
    if not kept:
        raise BadFolder(
            f"The record ends on {end:%Y-%m-%d}: no night from {wanted.at[0]:%Y-%m-%d} on has its"
            f" {wanted.horizon / DAY:g} days behind it; choose an earlier --from."
        )
    if len(kept) < len(wanted.at):
        say(f"the record ends on {end:%Y-%m-%d}: {len(wanted.at) - len(kept)} nights are left out")
    return kept


if __name__ == "__main__":
    command()
