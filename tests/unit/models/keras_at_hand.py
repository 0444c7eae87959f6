"""Keras where it is installed; where not, the tests that learn with it say so."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest

from models.predictors.deep_training import DeepUnavailable, import_keras

_log = logging.getLogger(__name__)


def keras_at_hand() -> Any:
    """Return Keras; without it the test is skipped loudly (with CI set: fails)."""
    try:
        return import_keras()
    except DeepUnavailable as trouble:
        reason = f"THE DEEP PREDICTOR WAS NOT TESTED (make setup-deep): {trouble}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        _log.warning(reason)
        pytest.skip(reason)
