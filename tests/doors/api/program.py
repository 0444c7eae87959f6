"""A program that talks to the API with a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PREFIX = "/api/v1"


class Program:
    """Sends requests below /api/v1; without a token it is nobody."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.token = token

    def get(self, address: str, **query: Any) -> TestResponse:
        """Ask."""
        return self.send("GET", address, query_string=query)

    def post(self, address: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        """Do."""
        more = {} if key is None else {"Idempotency-Key": key}
        return self.send("POST", address, json={} if body is None else body, headers=more)

    def patch(self, address: str, body: Any) -> TestResponse:
        """Change."""
        return self.send("PATCH", address, json=body)

    def raw(self, body: bytes, *, address: str = "/readings", **more: Any) -> TestResponse:
        """Post bytes as they are."""
        kind = more.pop("content_type", "application/json")
        return self.send("POST", address, data=body, content_type=kind, **more)

    def send(
        self, method: str, address: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        """Any request."""
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(f"{PREFIX}{address}", method=method, headers=sent, **more)


def problem(answer: TestResponse) -> dict[str, Any]:
    """The error of a refused request, without the number of the request."""
    assert answer.json is not None, answer.get_data()
    return {name: part for name, part in answer.json["error"].items() if name != "request_id"}
