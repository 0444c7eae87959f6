"""The examples of docs/api.md work as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from app.api.errors import CODES
from app.api.readings import MOST_READINGS
from app.inputs.events import MOST_EVENTS
from tests.doors.api.program import Program
from tests.plant import Plant

TEXT = Path("docs/api.md").read_text(encoding="utf-8")
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands() -> list[list[str]]:
    """Every curl command as its words."""
    found = []
    for block in SHELL.findall(TEXT):
        words = shlex.split(block.replace("\\\n", " "))
        starts = [place for place, word in enumerate(words) if word == "curl"]
        for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
            found.append(words[start + 1 : end])
    return found


@pytest.fixture
def plant(make: Plant) -> None:
    machine = make.equipment("P-101")
    make.sensor(machine)
    make.forecast(machine, mode="any")
    make.schedule(machine)
    make.order(machine)
    make.predicted_order(machine)  # the second order: the one the examples ask a suggestion of


@pytest.mark.usefixtures("plant")
def test_every_curl_command_is_done(writer: Program) -> None:
    given = commands()

    for words in given:
        method, address, headers, body = _request(words)
        assert headers.pop("Authorization") == "Bearer $TOKEN"
        answer = writer.send(method, address, headers=headers, data=body)
        assert 200 <= answer.status_code < 300, (words, answer.text)

    assert len(given) > 15


@pytest.mark.usefixtures("plant")
def test_the_delivery_that_is_shown_is_answered_as_shown(writer: Program) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[0])
    deliveries = [words for words in commands() if "$FORE/readings" in words]

    for words in deliveries:
        method, address, headers, body = _request(words)
        del headers["Authorization"]
        assert writer.send(method, address, headers=headers, data=body).json == shown
        again = writer.send(method, address, headers=headers, data=body)
        assert ("Idempotency-Replayed" in again.headers) is ("Idempotency-Key" in headers)


def test_every_limit_and_code_is_named() -> None:
    assert f"{MOST_READINGS:,} readings a request" in TEXT
    assert f"up to {MOST_EVENTS:,} a request" in TEXT
    for status, code in CODES.items():
        assert status == 403 or f"| {status} | `{code}`" in TEXT, code


def _request(words: list[str]) -> tuple[str, str, dict[str, str], str | None]:
    method, address, headers, body = "GET", "", {}, None
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "-X":
            method = waiting.pop(0)
        elif word == "-H":
            name, _, value = waiting.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = waiting.pop(0)
        else:
            address = word.removeprefix("$FORE")
    return method, address, headers, body
