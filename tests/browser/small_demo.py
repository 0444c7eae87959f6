"""Makes a demo plant that is the same on every day of the year, as `forewarn demo` makes one.

Run with `python -m`, with FOREWARN_DATA_DIR set. One pump bearing of it is about to fail.
"""

from __future__ import annotations

from datetime import UTC, datetime

from app.cli import database as schema
from app.cli import demo
from app.cli.context import opened
from sample_data.generate import begin, collect

SEED = 6
MACHINES = 12
DAYS = 240
END = datetime(2026, 11, 21, tzinfo=UTC)


def main() -> None:
    """Live through the days, add the people, run the first night."""
    with opened() as (settings, database):
        schema.upgrade(settings)
        plant = begin(seed=SEED, machines=MACHINES, days=DAYS, end=END)
        demo._store(database, plant, collect(plant, plant.advance(DAYS)))
        demo._print_accounts(settings, demo._create_people(database, END))
        demo._night(database)


if __name__ == "__main__":
    main()
