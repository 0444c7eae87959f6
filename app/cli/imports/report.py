"""How an import is told on the command line: counts per table, problems by row, exit code."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from app.domain.batches import Counts, Verdict
from app.services.imports.tables import Tables, is_clean

SHOWN_PROBLEMS = 20


def finish(tables: Tables, *, as_json: bool, is_dry_run: bool) -> None:
    """Print the report and leave: 0 when every row was taken or known before, else 1."""
    if as_json:
        click.echo(json.dumps({table: _document(counts) for table, counts in tables.items()}))
    else:
        click.echo(_text(tables, is_dry_run), nl=False)
    sys.exit(0 if is_clean(tables) else 1)


def _document(counts: Counts) -> dict[str, Any]:
    numbers = {verdict.value: getattr(counts, verdict) for verdict in Verdict}
    problems = [
        {"row": problem.row, "column": problem.column, "reason": problem.reason}
        for problem in counts.problems
    ]
    return {**numbers, "problems": problems}


def _text(tables: Tables, is_dry_run: bool) -> str:
    lines = ["Dry run: nothing was kept."] if is_dry_run else []
    for table, counts in tables.items():
        told = ", ".join(f"{getattr(counts, v):,} {v}" for v in Verdict if getattr(counts, v))
        lines.append(f"{table}: {told or 'no rows'}")
        for problem in counts.problems[:SHOWN_PROBLEMS]:
            said = f"{problem.column} {problem.reason}".strip()
            lines.append(f"  row {problem.row}: {said}")
        hidden = counts.conflict + counts.quarantined + counts.rejected - SHOWN_PROBLEMS
        if hidden > 0:
            lines.append(f"  and {hidden:,} more (--json lists up to 1,000)")
    return "".join(f"{line}\n" for line in lines)
