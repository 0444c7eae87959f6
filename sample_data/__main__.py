"""`python -m sample_data --out DIR`: write the sample plant as CSV files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sample_data import export
from sample_data.generate import generate


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    plant = generate(seed=asked.seed, machines=asked.machines, days=asked.days, end=asked.end)
    if asked.readings_days is not None:
        plant = export.last_days(plant, asked.readings_days)
    export.write(plant, asked.out)
    rows = sum(len(series.at) for series in plant.readings.values())
    print(
        f"{len(plant.equipment)} machines, {rows} readings and {len(plant.failures)} failures "
        f"until {plant.end.isoformat()} written to {asked.out}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sample_data", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the five files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machines", type=int, default=24)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument(
        "--end", type=_moment, default=_last_midnight(), help="ISO date or time; default: 00:00 UTC"
    )
    parser.add_argument(
        "--readings-days", type=int, help="write readings of the last days only; default: all"
    )
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _last_midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


if __name__ == "__main__":
    main()
