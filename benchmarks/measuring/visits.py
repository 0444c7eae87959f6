"""A visitor without a browser: logs in, opens pages, and weighs what a browser would load."""

from __future__ import annotations

import re
import time
from http.cookiejar import CookieJar
from statistics import median
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')


class Visitor:
    """Somebody with a cookie jar at *address*."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> bytes:
        """The body of a page or an asset as it was sent, packed where it was."""
        asked = Request(urljoin(self.address, path), headers={"Accept-Encoding": "gzip"})
        with self.opener.open(asked, timeout=60) as answer:
            return bytes(answer.read())

    def log_in(self, name: str, password: str) -> None:
        """Log in through the form, as people do."""
        found = TOKEN.search(self.get("/login").decode())
        token = found[1] if found else ""
        given = {"name": name, "password": password, "csrf_token": token}
        headers = {"Origin": self.address}
        asked = Request(
            urljoin(self.address, "/login"), data=urlencode(given).encode(), headers=headers
        )
        with self.opener.open(asked, timeout=60) as answer:
            if "/login" in answer.url:
                raise RuntimeError(f"{name} could not log in at {self.address}")

    def weight(self, path: str) -> dict[str, int]:
        """Bytes of a page as sent: its HTML, and all assets it names, packed where they are."""
        html = self.get(path)
        assets = set(ASSET.findall(html.decode()))
        return {
            "html_bytes": len(html),
            "asset_bytes": sum(len(self.get(asset)) for asset in assets),
            "assets": len(assets),
        }

    def milliseconds(self, path: str, times: int = 30) -> float:
        """Median time of an answer, from the request to its last byte."""
        self.get(path)
        spent = []
        for _ in range(times):
            started = time.perf_counter()
            self.get(path)
            spent.append(time.perf_counter() - started)
        return round(1_000 * median(spent), 1)
