"""Passwords: hashed with Argon2id, checked in a time that does not tell known names apart."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The library's defaults follow RFC 9106 (second recommended option: 64 MiB, 3 passes).
HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """The encoded Argon2id hash of *password*, with its own random salt."""
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether *password* belongs to the stored hash; None (nobody) takes just as long."""
    try:
        return HASHER.verify(stored or _nobody(HASHER), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=4)
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
