"""The base of every input: unknown fields are refused, errors are one sentence per field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain.errors import InvalidInput

LARGEST_ID = 2**31 - 1
# Python refuses to read longer numbers, and no id is a tenth as long.
_LONGEST_NUMBER = 4_000


class Input(BaseModel):
    """Frozen, no unknown fields, text stripped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Build the input from text or JSON values; raise InvalidInput with {field: message}."""
        _require_storable(data)
        try:
            return cls.model_validate(dict(data))
        except ValidationError as trouble:
            raise InvalidInput(_sentences(trouble)) from None


def _require_storable(data: Mapping[str, Any]) -> None:
    """No database of ours holds a NUL in a text, nor an id beyond 32 bits; say so by field."""
    for name, value in data.items():
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput({name: "holds a character that cannot be stored (NUL)"})
        if name.endswith("_id") and _is_beyond(value):
            raise InvalidInput({name: "is larger than any id can be"})


def _is_beyond(value: Any) -> bool:
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER and value.strip().isdecimal():
        value = int(value)
    return isinstance(value, int) and value > LARGEST_ID


def _sentences(trouble: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in trouble.errors(include_url=False):
        name = ".".join(str(part) for part in error["loc"]) or "input"
        found.setdefault(name, error["msg"].removeprefix("Value error, "))
    return found
