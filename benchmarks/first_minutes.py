"""The first two minutes: `make run` on a fresh clone, to the served dashboard, step by step.

A clone of the repository is set up and served with an environment that knows nothing of this
one (`--here` uses the present environment instead and measures the demo and the pages only).
Then the dashboard is opened as ann: its weight, the server's time, which of the eight situations
it shows, and how many of its statements can be traced back to rows written by the replay.
A second start measures the warm one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from benchmarks.measuring.report import as_json, say, tell, versions
from benchmarks.measuring.traces import traced
from benchmarks.measuring.visits import Visitor

ROOT = Path(__file__).parent.parent
SERVED = "serves on"
# What `make run` says, and what has begun or ended then.
STEPS = {
    "Installing what Forewarn needs": "environment made",
    "Fetching browser assets": "packages installed",
    "simulated ": "assets fetched, plant simulated",
    "imported the history": "history imported",
    " weeks lived": "weeks lived",
    "last night, with": "last night",
}
KEPT = ("PATH", "HOME", "LANG", "PIP_CERT", "PIP_FIND_LINKS", "PIP_INDEX_URL", "SSL_CERT_FILE")


@click.command()
@click.option("--here", is_flag=True, help="Use this checkout's environment: no set-up.")
@as_json
def command(here: bool, as_json: bool) -> None:
    """Measure the way from nothing to the dashboard."""
    with tempfile.TemporaryDirectory(prefix="forewarn-first-") as folder:
        place = Path(folder)
        tell(measure(place, is_cold=not here) | {"versions": versions()}, as_json=as_json)


def measure(place: Path, *, is_cold: bool) -> dict[str, Any]:
    """Return the seconds of each step and what the first page is like."""
    checkout = _clone(place) if is_cold else ROOT
    start = ["make", "run"] if is_cold else ["sh", "scripts/run.sh", _forewarn()]
    port = _free_port()
    given = _environment(place / "data", port, is_cold=is_cold)
    report: dict[str, Any] = {}
    with _running(start, checkout, given) as server:
        report["cold"] = server
        report |= _first_page(f"http://127.0.0.1:{port}", place / "data")
    with _running(start, checkout, given) as again:
        report["warm_seconds"] = again["served"]
    return report


def _first_page(address: str, data: Path) -> dict[str, Any]:
    ann = Visitor(address)
    ann.log_in("ann", _password(data, "ann"))
    found = traced(data)
    return {
        **ann.weight("/"),
        "dashboard_ms": ann.milliseconds("/"),
        "situations": found.kinds,
        "statements": found.statements,
        "traced": found.traced,
    }


@contextmanager
def _running(command: list[str], checkout: Path, given: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Start, wait until it answers, and yield the seconds from the start to each step's end."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=checkout,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    steps: dict[str, Any] = {}
    try:
        assert process.stdout is not None
        for line in process.stdout:
            step = next((name for words, name in STEPS.items() if words in line), None)
            if step is not None:
                say(step)
                steps[step] = round(time.monotonic() - started, 1)
            if SERVED in line:
                _wait_for(int(given["FOREWARN_PORT"]))
                break
        steps["served"] = round(time.monotonic() - started, 1)
        yield steps
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    """Until somebody answers: the address is told just before it is opened."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nobody answers on port {port}")


def _clone(place: Path) -> Path:
    target = place / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    return target


def _environment(data: Path, port: int, *, is_cold: bool) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ} if is_cold else {}
    base = kept or {k: v for k, v in os.environ.items() if not k.startswith("FOREWARN_")}
    return base | {
        "FOREWARN_DATA_DIR": str(data),
        "FOREWARN_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def _forewarn() -> str:
    return shutil.which("forewarn") or str(Path(sys.executable).with_name("forewarn"))


def _password(data: Path, name: str) -> str:
    for line in (data / "demo-accounts.txt").read_text().splitlines():
        if line.split()[0] == name:
            return line.split()[1]
    raise RuntimeError(f"no account {name} in demo-accounts.txt")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    command()
