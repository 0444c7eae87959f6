"""Tells on standard error what took how long."""

from __future__ import annotations

import time

import click


class Stopwatch:
    """Runs from its making; each `tell` gives the seconds since the one before."""

    def __init__(self) -> None:
        self.started = self._lap = time.monotonic()

    def tell(self, what: str) -> None:
        """Print what was done since the last time."""
        now = time.monotonic()
        click.echo(f"{what}: {now - self._lap:.1f} s", err=True)
        self._lap = now

    def total(self, what: str) -> None:
        """Print the whole time."""
        click.echo(f"{what}: {time.monotonic() - self.started:.1f} s", err=True)
