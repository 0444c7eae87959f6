"""A browser without JavaScript: keeps cookies, sends forms with the token their page held."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.plant import PASSWORD

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
A_PAGE_WITH_A_FORM = "/account"


class Visitor:
    """What a person does at the site."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def log_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Fill in the login form."""
        token = self.token("/login")
        form = {"name": name, "password": password, "csrf_token": token}
        return self.client.post("/login", data=form)

    def get(self, address: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(address, buffered=True, **more)

    def text(self, address: str) -> str:
        """The HTML of a page that opens."""
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.get_data(as_text=True)

    def send(self, address: str, **fields: Any) -> TestResponse:
        """Send a form, as drawn for this person."""
        form = {**fields, "csrf_token": self.token(A_PAGE_WITH_A_FORM)}
        return self.client.post(address, data=form)

    def token(self, address: str) -> str:
        """The token against forgery on a page."""
        found = TOKEN.search(self.client.get(address).get_data(as_text=True))
        return found.group(1) if found else ""
