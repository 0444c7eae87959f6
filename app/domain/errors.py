"""Three families of errors; every message is a ready sentence for the person who caused it."""

from __future__ import annotations

from collections.abc import Mapping


class ForewarnError(Exception):
    """The root: anything the doors translate."""

    code = "error"


class NotFound(ForewarnError):
    """There is no such thing, or this user may not see it (the two look alike on purpose)."""

    code = "not_found"


class RuleBroken(ForewarnError):
    """The request was understood and is against a rule of the plant."""

    code = "rule_broken"


class NotAllowed(RuleBroken):
    """This person may not do that; nothing was changed."""

    code = "not_allowed"


class Stale(RuleBroken):
    """Somebody else changed it in the meantime; nothing was overwritten."""

    code = "stale"


class InvalidInput(ForewarnError):
    """What was sent cannot be used: a sentence per field."""

    code = "invalid_input"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))
        self.fields = dict(fields)
