"""How often a token may call, and how often an address may try tokens that are none.

Counted in this process by fixed windows: several processes share a limit at the proxy. A good
token is never refused for what others at its address do.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from flask import Flask, current_app
from werkzeug.exceptions import TooManyRequests

EXTENSION = "api_limits"
WINDOW_SECONDS = 60
PER_TOKEN = 1_200
PER_ADDRESS = 60


@dataclass
class Window:
    """At most *most* in a window; the counters of a window that is over are dropped."""

    most: int
    _number: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, who: str) -> None:
        """Count one; raise TooManyRequests, saying when to come again."""
        moment = time.monotonic()
        number = int(moment // WINDOW_SECONDS)
        with self._lock:
            if number != self._number:
                self._number = number
                self._counts.clear()
            self._counts[who] += 1
            is_over = self._counts[who] > self.most
        if is_over:
            wait = int((number + 1) * WINDOW_SECONDS - moment) + 1
            raise TooManyRequests("Too many requests; come again later.", retry_after=wait)


@dataclass
class Limits:
    """The two counters of an application."""

    tokens: Window = field(default_factory=lambda: Window(PER_TOKEN))
    failures: Window = field(default_factory=lambda: Window(PER_ADDRESS))


def install(app: Flask) -> None:
    """Give *app* its counters."""
    app.extensions[EXTENSION] = Limits()


def count_request(token_id: int) -> None:
    """One more request of a token."""
    _limits().tokens.take(str(token_id))


def count_failure(address: str) -> None:
    """One more request without a good token."""
    _limits().failures.take(address)


def _limits() -> Limits:
    found: Limits = current_app.extensions[EXTENSION]
    return found
