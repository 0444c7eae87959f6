"""What an import tells: counts per table, every problem by row."""

from __future__ import annotations

from app.domain.batches import Counts

Tables = dict[str, Counts]


def add(tables: Tables, table: str, counts: Counts) -> None:
    """Add counts to a table's row of the report."""
    tables[table] = tables.get(table, Counts()) + counts


def merge(tables: Tables, more: Tables) -> None:
    """Add every table of *more*."""
    for table, counts in more.items():
        add(tables, table, counts)


def is_clean(tables: Tables) -> bool:
    """Whether every row was taken, or had been before."""
    return all(counts.is_clean for counts in tables.values())
