"""The base of every input: unknown fields are refused, errors are one sentence per field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain.errors import InvalidInput


class Input(BaseModel):
    """Frozen, no unknown fields, text stripped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Build the input from text or JSON values; raise InvalidInput with {field: message}."""
        try:
            return cls.model_validate(dict(data))
        except ValidationError as trouble:
            raise InvalidInput(_sentences(trouble)) from None


def _sentences(trouble: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in trouble.errors(include_url=False):
        name = ".".join(str(part) for part in error["loc"]) or "input"
        found.setdefault(name, error["msg"].removeprefix("Value error, "))
    return found
