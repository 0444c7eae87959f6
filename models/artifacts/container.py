"""The container in which a fitted machine or class is stored: data only, signed.

Layout: magic, format version, body length, SHA-256, HMAC-SHA256, body. The body is the length of
a JSON header, the header, and the members' raw bytes one after the other. Digest and signature
are checked before the first byte of the body is interpreted; pickle and joblib files never are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from models.artifacts.members import MAX_BYTES, Array, lay_out, read_members
from models.artifacts.refusal import ArtifactRefused, Reason, refuse

FORMAT_VERSION = 1
MIN_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """What was packed: the JSON manifest, arrays and byte strings by name."""

    manifest: Mapping[str, Any]
    arrays: Mapping[str, Array]
    blobs: Mapping[str, bytes]


def pack(manifest: Mapping[str, Any], parts: Mapping[str, bytes | Array], *, key: bytes) -> bytes:
    """Return *manifest* and *parts* as one signed artifact; equal input gives equal bytes.

    Raise ValueError for a manifest that is not JSON (NaN and infinity are not), an array whose
    dtype is not in `members.DTYPES`, a short key, or more than `members.MAX_BYTES`. As always in
    JSON, tuples come back as lists and keys as text.
    """
    _check_key(key)
    members, payload = lay_out(parts)
    header = {"libraries": libraries(), "manifest": dict(manifest), "members": members}
    text = json.dumps(header, sort_keys=True, allow_nan=False, separators=(",", ":")).encode()
    body = b"".join([_LENGTH.pack(len(text)), text, *payload])
    if len(body) > MAX_BYTES:
        raise ValueError(f"An artifact holds at most {MAX_BYTES} bytes, not {len(body)}.")
    start = _START.pack(_MAGIC, FORMAT_VERSION, len(body))
    seal = hashlib.sha256(start + body).digest()
    return start + seal + _signature(key, start, seal, body) + body


def unpack(blob: bytes, *, key: bytes, expect: Mapping[str, Any] | None = None) -> Artifact:
    """Return the artifact in *blob*; raise `ArtifactRefused` unless everything about it is right.

    *expect* gives manifest entries that must be equal, e.g. `{"tag": "P-101", "kind": "machine"}`:
    an authentic artifact of another machine is refused.
    """
    _check_key(key)
    body = _authentic_body(blob, key)
    header, payload = _split(body)
    _check_identity(header["manifest"], expect or {})
    _check_libraries(header["libraries"])
    arrays, blobs = read_members(header["members"], payload)
    return Artifact(header["manifest"], arrays, blobs)


def digest(blob: bytes) -> str:
    """SHA-256 of the stored bytes in hex: what a database row remembers of its artifact."""
    return hashlib.sha256(blob).hexdigest()


_MAGIC = b"\x89FWRN\r\n\x1a"  # as PNG's: a transfer in text mode breaks it visibly
_START = struct.Struct("<8sIQ")
_LENGTH = struct.Struct("<Q")
_HASH_BYTES = 32
_BODY_AT = _START.size + 2 * _HASH_BYTES

_RECORDED = ("numpy", "scikit-learn", "skops")
# Arrays are raw numbers, good for every numpy; estimators hold for their own scikit-learn only.
_MUST_BE_EQUAL = ("scikit-learn",)


def _authentic_body(blob: bytes, key: bytes) -> memoryview:
    """Check seal and signature; only magic, format version and length are looked at before."""
    if not blob.startswith(_MAGIC):
        beginning = blob[: len(_MAGIC)]
        refuse(Reason.TRUNCATED if _MAGIC.startswith(beginning) else Reason.NOT_AN_ARTIFACT)
    if len(blob) < _BODY_AT:
        refuse(Reason.TRUNCATED, f"{len(blob)} bytes")
    _, format_version, length = _START.unpack_from(blob)
    if format_version != FORMAT_VERSION:
        refuse(Reason.UNKNOWN_VERSION, f"{format_version}, not {FORMAT_VERSION}")
    if length > MAX_BYTES:
        refuse(Reason.TOO_LARGE, f"{length} bytes")
    view = memoryview(blob)
    body = view[_BODY_AT:]
    if len(body) != length:
        short = len(body) < length
        found = f"{len(body)} bytes of {length}"
        refuse(Reason.TRUNCATED if short else Reason.WRONG_LENGTH, found)
    _check_seals(view, body, key)
    return body


def _check_seals(view: memoryview, body: memoryview, key: bytes) -> None:
    start = view[: _START.size]
    seal = view[_START.size : _START.size + _HASH_BYTES]
    signature = view[_START.size + _HASH_BYTES : _BODY_AT]
    actual = hashlib.sha256(start)
    actual.update(body)
    if not hmac.compare_digest(actual.digest(), seal):
        refuse(Reason.WRONG_DIGEST)
    if not hmac.compare_digest(_signature(key, start, seal, body), signature):
        refuse(Reason.WRONG_SIGNATURE)


def _signature(
    key: bytes, start: bytes | memoryview, seal: bytes | memoryview, body: bytes | memoryview
) -> bytes:
    mac = hmac.new(key, start, hashlib.sha256)
    mac.update(seal)
    mac.update(body)
    return mac.digest()


def _check_key(key: bytes) -> None:
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"The artifact key needs at least {MIN_KEY_BYTES} bytes.")


def _split(body: memoryview) -> tuple[dict[str, Any], memoryview]:
    """Return header and payload. The body is authentic, so an error here is our own."""
    if len(body) < _LENGTH.size:
        refuse(Reason.MALFORMED, "no header")
    (length,) = _LENGTH.unpack_from(body)
    text = body[_LENGTH.size : _LENGTH.size + length]
    try:
        header = json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise ArtifactRefused(Reason.MALFORMED, "the header is not JSON") from error
    if not isinstance(header, dict) or {k: type(header.get(k)) for k in _SHAPE} != _SHAPE:
        refuse(Reason.MALFORMED, "the header lacks a part")
    return header, body[_LENGTH.size + length :]


_SHAPE = {"libraries": dict, "manifest": dict, "members": list}


def _check_identity(manifest: Mapping[str, Any], expect: Mapping[str, Any]) -> None:
    for name, wanted in expect.items():
        if name not in manifest or manifest[name] != wanted:
            found = f"{name} is {manifest.get(name)!r}, not {wanted!r}"
            refuse(Reason.WRONG_IDENTITY, found)


def _check_libraries(recorded: Mapping[str, Any]) -> None:
    here = libraries()
    for name in _MUST_BE_EQUAL:
        if recorded.get(name) != here[name]:
            found = f"{name} {recorded.get(name)} when fitted, {here[name]} now"
            refuse(Reason.OTHER_LIBRARIES, found)


def libraries() -> dict[str, str]:
    """Return what an artifact made now would record, by name."""
    return {name: _version(name) for name in _RECORDED}


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
