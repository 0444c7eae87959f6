"""`python -m app.cli` is `forewarn`."""

from __future__ import annotations

from app.cli import main

main(prog_name="forewarn")
