"""Why an artifact is not used."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn


class Reason(StrEnum):
    """Why an artifact was refused; stored and shown with the machine."""

    NOT_AN_ARTIFACT = "not an artifact"
    TRUNCATED = "truncated"
    WRONG_LENGTH = "wrong length"
    TOO_LARGE = "too large"
    UNKNOWN_VERSION = "unknown format version"
    WRONG_DIGEST = "wrong digest"
    WRONG_SIGNATURE = "wrong signature"
    MALFORMED = "malformed"
    WRONG_IDENTITY = "wrong machine or class"
    REPLACED = "not the one that was stored"
    OTHER_LIBRARIES = "library version differs"
    OTHER_RELEASE = "made by another release"
    FORBIDDEN_TYPE = "type not allowed"


class ArtifactRefused(Exception):
    """An artifact that must not be used; `reason` names why, the text adds what was found."""

    def __init__(self, reason: Reason, found: str = "") -> None:
        super().__init__(f"Artifact refused: {reason}{f' ({found})' if found else ''}.")
        self.reason = reason


def refuse(reason: Reason, found: str = "") -> NoReturn:
    raise ArtifactRefused(reason, found)
