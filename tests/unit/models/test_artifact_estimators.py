"""A boosting classifier as bytes: it alone goes in, it alone comes out."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from models.artifacts import (
    ArtifactRefused,
    Reason,
    deflate_estimator,
    estimators,
    inflate_estimator,
    pack,
    unpack,
)

KEY = b"k" * 32


@pytest.fixture(scope="module")
def fitted() -> tuple[HistGradientBoostingClassifier, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(7)
    X = rng.normal(size=(400, 4)).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0]) + 0.3 * rng.normal(size=400) > 0.5
    return HistGradientBoostingClassifier(max_iter=8, early_stopping=False).fit(X, y), X


def test_a_classifier_predicts_the_same_after_storage(fitted):
    estimator, X = fitted
    blob = pack({}, {"final": deflate_estimator(estimator)}, key=KEY)

    again = inflate_estimator(unpack(blob, key=KEY).blobs["final"])

    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))


def test_deflated_bytes_are_a_third_of_skops(fitted):
    estimator, _ = fitted

    assert len(deflate_estimator(estimator)) < len(skops.io.dumps(estimator)) / 3


class Grown(HistGradientBoostingClassifier):  # type: ignore[misc]
    """Our own subclass: code that a loader would have to import."""


@pytest.mark.parametrize("estimator", [LogisticRegression(), Grown(), {"a": 1}, None])
def test_nothing_but_the_classifier_is_deflated(estimator):
    with pytest.raises(ArtifactRefused) as caught:
        deflate_estimator(estimator)

    assert caught.value.reason is Reason.FORBIDDEN_TYPE


def test_a_classifier_with_a_foreign_part_is_not_deflated():
    with pytest.raises(ArtifactRefused, match="Grown"):
        deflate_estimator(HistGradientBoostingClassifier(random_state=Grown()))


@pytest.mark.parametrize("estimator", [LogisticRegression(), Grown(), [1, 2]])
def test_nothing_but_the_classifier_is_inflated(estimator):
    data = zlib.compress(skops.io.dumps(estimator))

    with pytest.raises(ArtifactRefused) as caught:
        inflate_estimator(data)

    assert caught.value.reason is Reason.FORBIDDEN_TYPE


def test_the_allow_list_is_exactly_the_tree(fitted):
    wanted = skops.io.get_untrusted_types(data=skops.io.dumps(fitted[0]))

    assert wanted == estimators._TRUSTED
    assert wanted == ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


def test_a_bomb_is_refused_before_it_unfolds(monkeypatch, fitted):
    data = deflate_estimator(fitted[0])
    monkeypatch.setattr(estimators, "MAX_BYTES", 10_000)

    with pytest.raises(ArtifactRefused) as caught:
        inflate_estimator(data)

    assert caught.value.reason is Reason.TOO_LARGE


def test_a_bomb_inside_the_zip_is_refused(monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 1_000_000)
    monkeypatch.setattr(estimators, "MAX_BYTES", 10_000)

    with pytest.raises(ArtifactRefused) as caught:
        inflate_estimator(zlib.compress(buffer.getvalue()))

    assert caught.value.reason is Reason.TOO_LARGE


def test_cut_off_estimator_bytes_are_refused(fitted):
    data = deflate_estimator(fitted[0])

    for cut in (data[: len(data) // 2], data + b"x", b"", zlib.compress(b"")):
        with pytest.raises(ArtifactRefused) as caught:
            inflate_estimator(cut)
        assert caught.value.reason is Reason.MALFORMED
