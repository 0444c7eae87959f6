"""What is stored of a fitted machine or class: data only, signed, never code."""

from __future__ import annotations

from models.artifacts.container import Artifact, digest, libraries, pack, unpack
from models.artifacts.estimators import deflate_estimator, inflate_estimator
from models.artifacts.refusal import ArtifactRefused, Reason

__all__ = [
    "Artifact",
    "ArtifactRefused",
    "Reason",
    "deflate_estimator",
    "digest",
    "inflate_estimator",
    "libraries",
    "pack",
    "unpack",
]
