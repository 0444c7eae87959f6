"""A server that dies between the deed and its answer: who sends again finds it done, once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.config import from_env
from app.db import Base, Database
from app.db.readings import ReadingBatch
from app.db.work_orders import WorkOrder
from app.domain.roles import system
from app.inputs.users import CreateToken
from app.queries.invariants import violations
from app.services import users
from tests.plant import Plant

KILLS, REQUESTS = 8, 120
pytestmark = [pytest.mark.fault, pytest.mark.deep]


class Server:
    """`forewarn serve` in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.env = {**os.environ, "FOREWARN_DATA_DIR": str(folder)}
        self.address = f"http://127.0.0.1:{port}"

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Up and answering; killed at the end."""
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]
        process = subprocess.Popen(command, env=self.env, stderr=subprocess.DEVNULL)
        try:
            self._wait()
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def post(self, address: str, body: Any, *, key: str, token: str) -> int | None:
        """The status of the answer; None when there was none."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        data = json.dumps(body).encode()
        sent = urllib.request.Request(f"{self.address}/api/v1{address}", data, headers)
        try:
            with urllib.request.urlopen(sent, timeout=20) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return None

    def _wait(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")


def test_each_keyed_request_is_done_once_however_often_the_server_is_killed(
    tmp_path: Path, now: Any
) -> None:
    server = Server(tmp_path, _free_port())
    database = Database(from_env(server.env).database_url)
    Base.metadata.create_all(database.engine)
    plant = Plant(database, now)
    machine = plant.equipment()
    sensor = plant.sensor(machine).id
    with database.transaction() as session:
        given = CreateToken(name="ledger", scope="write")
        token = users.create_token(session, token=given, now=now, by=system("test"))

    def send(number: int) -> int | None:
        order = {"equipment_id": machine.id, "title": f"Ledger {number}"}
        moment = f"2026-03-02T{number // 60:02d}:{number % 60:02d}:00Z"
        reading = {"readings": [{"sensor": sensor, "at": moment, "value": 1.0}]}
        address, body = ("/work-orders", order) if number % 2 else ("/readings", reading)
        return server.post(address, body, key=f"ledger-{number}", token=token)

    waiting, unanswered = list(range(REQUESTS)), 0
    for kill in range(KILLS):
        with server.running() as process:
            stop = threading.Timer(0.05 + 0.03 * kill, process.send_signal, [signal.SIGKILL])
            stop.start()
            while waiting and send(waiting[0]) in (200, 201):
                waiting.pop(0)
            stop.cancel()
            unanswered += process.poll() is not None
    with server.running():
        assert {send(number) for number in range(REQUESTS)} == {200, 201}

    assert unanswered, "no kill hit a request"
    titles = [order.title for order in plant.all(WorkOrder)]
    assert sorted(titles) == sorted(f"Ledger {n}" for n in range(1, REQUESTS, 2))
    assert sum(batch.accepted for batch in plant.all(ReadingBatch)) == REQUESTS // 2
    assert all(batch.duplicate == 0 for batch in plant.all(ReadingBatch))
    with database.reading() as session:
        assert violations(session) == []
    database.dispose()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
