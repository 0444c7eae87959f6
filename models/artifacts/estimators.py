"""A boosting classifier as data: skops bytes with an explicit list of types, deflated."""

from __future__ import annotations

import io
import zipfile
import zlib

import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier

from models.artifacts.members import MAX_BYTES
from models.artifacts.refusal import ArtifactRefused, Reason, refuse


def deflate_estimator(estimator: HistGradientBoostingClassifier) -> bytes:
    """Return a fitted boosting classifier as deflated skops bytes, a member of an artifact.

    The bytes differ on every call (skops numbers members by address). Raise `ArtifactRefused`
    for any other class, or one that holds a type the loader would refuse.
    """
    if type(estimator) is not HistGradientBoostingClassifier:
        refuse(Reason.FORBIDDEN_TYPE, type(estimator).__name__)
    data = skops.io.dumps(estimator)
    _check_types(data)
    return zlib.compress(data)


def inflate_estimator(data: bytes) -> HistGradientBoostingClassifier:
    """Return the classifier; raise `ArtifactRefused` for anything else.

    Only for members of an unpacked artifact: signature and scikit-learn version are its checks.
    """
    plain = _inflated(data)
    _check_members(plain)
    _check_types(plain)
    estimator = skops.io.loads(plain, trusted=_TRUSTED)
    if type(estimator) is not HistGradientBoostingClassifier:
        refuse(Reason.FORBIDDEN_TYPE, type(estimator).__name__)
    return estimator


# All that skops does not trust by itself in a boosting classifier: its trees.
_TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise ArtifactRefused(Reason.MALFORMED, "estimator bytes are not deflated") from error
    if stream.unconsumed_tail:
        refuse(Reason.TOO_LARGE, f"more than {MAX_BYTES} bytes inflated")
    if not stream.eof or stream.unused_data:
        refuse(Reason.MALFORMED, "estimator bytes of the wrong length")
    return plain


def _check_members(plain: bytes) -> None:
    """Bound what the zip inside would unfold to; skops itself reads any size."""
    try:
        with zipfile.ZipFile(io.BytesIO(plain)) as archive:
            unfolded = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ArtifactRefused(Reason.MALFORMED, "estimator bytes are not from skops") from error
    if unfolded > MAX_BYTES:
        refuse(Reason.TOO_LARGE, f"members of {unfolded} bytes")


def _check_types(plain: bytes) -> None:
    """Refuse unlisted types before anything is built."""
    try:
        unknown = set(skops.io.get_untrusted_types(data=plain)) - set(_TRUSTED)
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ArtifactRefused(Reason.MALFORMED, "estimator bytes are not from skops") from error
    if unknown:
        refuse(Reason.FORBIDDEN_TYPE, ", ".join(sorted(unknown)))
