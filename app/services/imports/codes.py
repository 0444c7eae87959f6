"""Codes from the words people use: what a code may not hold is left out."""

from __future__ import annotations

import re

_FOREIGN = re.compile(r"[^\w .+/-]+")
_BLANKS = re.compile(r"\s+")
LONGEST = 64


def code_of(text: str) -> str:
    """A code such as `Pump (API 610)` without the signs codes may not hold; "" if none is left."""
    kept = _BLANKS.sub(" ", _FOREIGN.sub(" ", text)).strip()
    return kept.lstrip(" .+/-")[:LONGEST].strip()
