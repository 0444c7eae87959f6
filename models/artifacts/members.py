"""The parts of an artifact: arrays of numbers and byte strings, described by a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifacts.refusal import Reason, refuse

MAX_BYTES = 256 * 1024 * 1024

Array = NDArray[Any]
Entry = dict[str, Any]
"""name, length in bytes, and for an array dtype and shape; arrays are little-endian, C order."""

DTYPES = frozenset(["<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1"])
"""The kinds of number an array may hold: no objects, no strings, no records."""

_MAX_MEMBERS = 4096
_MAX_DIMENSIONS = 8


def lay_out(parts: Mapping[str, bytes | Array]) -> tuple[list[Entry], list[bytes]]:
    """Return the member table and the payload, both in order of name.

    Raise ValueError for an array that is not one of plain numbers.
    """
    laid = [_member(name, parts[name]) for name in sorted(parts)]
    table, payload = [entry for entry, _ in laid], [raw for _, raw in laid]
    if len(table) > _MAX_MEMBERS:
        raise ValueError(f"An artifact has at most {_MAX_MEMBERS} members, not {len(table)}.")
    return table, payload


def read_members(
    table: Sequence[Any], payload: memoryview
) -> tuple[dict[str, Array], dict[str, bytes]]:
    """Return arrays and byte strings by name; raise `ArtifactRefused` for a table that lies."""
    arrays: dict[str, Array] = {}
    blobs: dict[str, bytes] = {}
    at = 0
    for entry in _checked_table(table, len(payload)):
        raw = payload[at : at + entry["length"]]
        at += entry["length"]
        if "dtype" in entry:
            # Copied, so that the array is aligned, writable and does not hold the whole blob.
            flat = np.frombuffer(raw, dtype=entry["dtype"])
            arrays[entry["name"]] = flat.reshape(entry["shape"]).copy()
        else:
            blobs[entry["name"]] = bytes(raw)
    return arrays, blobs


def _member(name: str, part: bytes | Array) -> tuple[Entry, bytes]:
    if isinstance(part, bytes):
        return {"name": name, "length": len(part)}, part
    dtype = part.dtype.newbyteorder("<")
    if dtype.str not in DTYPES or part.ndim > _MAX_DIMENSIONS:
        raise ValueError(f"{name}: an array of {part.dtype} and {part.ndim} dimensions is refused.")
    raw = np.ascontiguousarray(part, dtype=dtype).tobytes()
    shape = list(part.shape)
    return {"name": name, "length": len(raw), "dtype": dtype.str, "shape": shape}, raw


def _checked_table(members: Sequence[Any], available: int) -> Sequence[Entry]:
    if len(members) > _MAX_MEMBERS or not all(_is_sound(entry) for entry in members):
        refuse(Reason.MALFORMED, "bad member table")
    if len({entry["name"] for entry in members}) != len(members):
        refuse(Reason.MALFORMED, "two members of one name")
    declared = sum(entry["length"] for entry in members)
    if declared != available:
        refuse(Reason.MALFORMED, f"members of {declared} bytes in {available}")
    return members


def _is_sound(entry: Any) -> bool:
    """True if *entry* describes bytes, or an array whose length follows from dtype and shape."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return False
    if not _is_size(entry.get("length")):
        return False
    if entry.keys() == {"name", "length"}:
        return True
    dtype, shape = entry.get("dtype"), entry.get("shape")
    if not isinstance(dtype, str) or dtype not in DTYPES or not isinstance(shape, list):
        return False
    if len(shape) > _MAX_DIMENSIONS or not all(map(_is_size, shape)):
        return False
    return bool(math.prod(shape) * np.dtype(dtype).itemsize == entry["length"])


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_BYTES
