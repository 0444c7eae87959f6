"""What was sent: a JSON body read strictly, the query of an address, the idempotency key."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.api.access import caller
from app.domain.errors import InvalidInput
from app.services.idempotency import Keyed

JSON = "application/json"
KEY = "Idempotency-Key"
LONGEST_KEY = 128
LARGEST_WHOLE = 2**63 - 1
_LONGEST_WHOLE = 20
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")


def body(*, is_bulk: bool = False) -> dict[str, Any]:
    """The object that was sent; no body at all is an empty one.

    Raise UnsupportedMediaType, BadRequest for what is no JSON, InvalidInput for JSON that cannot
    be meant. A bulk body judges its numbers row by row.
    """
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype != JSON or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType(f"Send plain {JSON}.")
    try:
        text = raw.decode("utf-8")
        found = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_any_number if is_bulk else _whole,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as trouble:
        raise BadRequest(f"The body is not JSON: {_why(trouble)}") from None
    if not isinstance(found, dict):
        raise InvalidInput({"body": "is not a JSON object"})
    if not is_bulk or "\\u" in text:
        _refuse_unstorable(found, is_bulk=is_bulk)
    return found


def version(sent: dict[str, Any]) -> int | None:
    """Take the version of the row the caller saw out of the body."""
    seen = sent.pop("version", None)
    if seen is None or (isinstance(seen, int) and not isinstance(seen, bool)):
        return seen
    raise InvalidInput({"version": "is not a whole number"})


def arguments() -> dict[str, str]:
    """The query of the address; every name once."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidInput({name: "is given more than once"})
        if "\0" in name + values[0]:
            raise InvalidInput({name.replace("\0", ""): "holds a NUL character"})
    return {name: value for name, value in request.args.items() if value.strip()}


def keyed() -> Keyed | None:
    """The request's idempotency key with the digest of all that was asked; None without one."""
    key = request.headers.get(KEY)
    if key is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput({KEY: f"is not 1 to {LONGEST_KEY} visible ASCII characters"})
    asked = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return Keyed(f"token {caller().token_id}", key, hashlib.sha256(asked).hexdigest())


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= _LONGEST_WHOLE else None
    if number is None or abs(number) > LARGEST_WHOLE:
        raise ValueError(f"a whole number of {len(digits)} digits is too large")
    return number


def _any_number(digits: str) -> int | float:
    """In bulk one such value is one rejected row, not a refused delivery."""
    try:
        return _whole(digits)
    except ValueError:
        return float(digits)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return found


def _why(trouble: Exception) -> str:
    return "it is nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)


def _refuse_unstorable(found: dict[str, Any], *, is_bulk: bool) -> None:
    """Halves of characters, NUL and infinite numbers: JSON can say them, no database keeps them."""
    for value in _leaves(found):
        if isinstance(value, str) and not _is_text(value):
            raise InvalidInput({"body": "holds a character that cannot be stored"})
        if isinstance(value, float) and not is_bulk and not math.isfinite(value):
            raise InvalidInput({"body": "holds a number that is not finite"})


def _leaves(found: Any) -> Iterator[Any]:
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        else:
            yield value


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in value
