"""A real plant behind a real server: made once a session, copied and served for each journey."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page

from app.config import PREFIX, TEST_PREFIX
from app.db import Database
from tests.chromium import OpenPage, chromium, complaints, log_in, open_page

__all__ = ["chromium", "complaints", "open_page"]
MAKING_S = 180
NIGHT_S = 120
START_S = 30


@dataclass(frozen=True, slots=True)
class Site:
    """A served plant: where it answers, where its data lies, and its people's passwords."""

    address: str
    home: Path
    passwords: Mapping[str, str]
    database: Database

    def forewarn(self, *arguments: str) -> str:
        """Run the command line on the plant while it is served; return what it printed."""
        return run(self.home, "app.cli", *arguments)


@pytest.fixture(scope="session")
def small_plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a plant with a year behind it and one night; never written to."""
    home = tmp_path_factory.mktemp("plant") / "data"
    printed = run(home, "tests.browser.small_demo", patience=MAKING_S)
    assert " 0 raised" not in printed, f"the small plant needs a predicted order:\n{printed}"
    return home


@pytest.fixture
def site(small_plant: Path, tmp_path: Path) -> Iterator[Site]:
    """A copy of the plant, served as `forewarn serve --demo` serves it."""
    home = tmp_path / "data"
    shutil.copytree(small_plant, home)
    with served(home, tmp_path / "serve.log") as address:
        database = Database(f"sqlite:///{home / 'forewarn.db'}")
        yield Site(address, home, _passwords(home), database)
        database.dispose()


@contextmanager
def served(home: Path, log: Path) -> Iterator[str]:
    """The data in *home*, served with the plant's own clock; yields the address."""
    port = _free_port()
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--demo", "--port", str(port)],
            env=_environment(home),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its trainers end with it
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, log)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(START_S)


@pytest.fixture
def enter(site: Site, open_page: OpenPage) -> Callable[..., Page]:
    """Opens the site for somebody, logged in; a screen other than the desktop's may be given."""

    def entered(name: str, **screen: object) -> Page:
        page = open_page(**screen)
        log_in(page, site.address, name, site.passwords[name])
        return page

    return entered


def run(home: Path, module: str, *arguments: str, typed: str = "", patience: int = NIGHT_S) -> str:
    """Run a module on the data in *home*; fail with everything it said when it does."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=_environment(home),
        input=typed,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    assert ended.returncode == 0, f"{module} {arguments}:\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def _environment(home: Path) -> dict[str, str]:
    others = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(PREFIX) or key.startswith(TEST_PREFIX)
    }
    return others | {"FOREWARN_DATA_DIR": str(home)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert server.poll() is None, f"the server ended at once:\n{log.read_text()}"
        try:
            with urlopen(f"{address}/readyz", timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {address}:\n{log.read_text()}")


def _passwords(home: Path) -> dict[str, str]:
    lines = (home / "demo-accounts.txt").read_text().splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}
