"""A machine's back-test as bytes and back: numbers only, refused unless everything is right.

Layout before compression: the length of a JSON header, the header, then for each group of modes
the moments and the survival curves, edge by edge, byte by byte of the numbers (alike bytes lie
together: they take three quarters of the space). Nothing in it is ever run, and no key is needed
to read it; the digest is checked before the first byte is interpreted.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Forecast
from app.db.training import RunKind, TrainingRun
from app.db.work_orders import ANY_MODE
from app.domain.instants import to_micros
from app.domain.nights import PUNCTUAL

# Hundreds of modes over a year of nights; what unpacks to more is not ours.
MAX_BYTES = 2**24
_LENGTH = struct.Struct("<I")
_INSTANT, _NUMBER = np.dtype("<i8"), np.dtype("<f4")


class Refusal(StrEnum):
    """Why a back-test is not used."""

    CHANGED = "changed"
    MALFORMED = "malformed"


class BackTestRefused(ValueError):
    """The bytes are not the stored ones, or nothing this release has written; the text says so."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class BackTestGroup:
    """n forecasts of modes that share a curve: `at` rising, microseconds; survival (n, edges),
    float32. A mode's own survival is that ** its share. (n, 0): they raise no order."""

    modes: tuple[str, ...]
    shares: tuple[float, ...]
    rung: str
    at: npt.NDArray[np.int64]
    survival: npt.NDArray[np.float32]

    def before(self, border: int | None) -> BackTestGroup:
        """The forecasts before a moment; None: all."""
        kept = slice(None) if border is None else slice(int(np.searchsorted(self.at, border)))
        return replace(self, at=self.at[kept], survival=self.survival[kept])


@dataclass(frozen=True, slots=True, eq=False)
class OpenedBackTest:
    """What was packed; edges in hours."""

    edges_hours: tuple[float, ...]
    groups: tuple[BackTestGroup, ...]


def first_issued(session: Session, *, equipment_id: int) -> int | None:
    """The as-of of the first punctual forecast a night issued for a machine, microseconds."""
    rows = session.execute(
        sa.select(Forecast.as_of, Forecast.issued_at)
        .join(TrainingRun, TrainingRun.id == Forecast.run_id)
        .where(
            Forecast.equipment_id == equipment_id,
            Forecast.mode == ANY_MODE,
            TrainingRun.kind == RunKind.NIGHTLY,
        )
        .order_by(Forecast.as_of, Forecast.id)
        .execution_options(yield_per=10)
    )
    with rows:
        return next((to_micros(at) for at, told in rows if told - at <= PUNCTUAL), None)


def pack(edges_hours: Sequence[float], groups: Sequence[BackTestGroup]) -> bytes:
    """A back-test as bytes; equal forecasts give equal bytes."""
    header = {
        "edges_hours": list(edges_hours),
        "groups": [
            {
                "modes": list(group.modes),
                "shares": list(group.shares),
                "rung": group.rung,
                "shape": list(group.survival.shape),
            }
            for group in groups
        ],
    }
    text = json.dumps(header, sort_keys=True, allow_nan=False, separators=(",", ":")).encode()
    parts = [_LENGTH.pack(len(text)), text]
    for group in groups:
        parts += [_planes(group.at, _INSTANT), _planes(group.survival.T, _NUMBER)]
    # The quickest level: the bytes of a probability hardly get smaller with more effort.
    return zlib.compress(b"".join(parts), 1)


def digest_of(content: bytes) -> str:
    """What a back-test's bytes are known by."""
    return hashlib.sha256(content).hexdigest()


def unpack(content: bytes, digest: str) -> OpenedBackTest:
    """What `pack` was given; raise BackTestRefused for anything but the bytes that were stored."""
    if digest_of(content) != digest:
        raise BackTestRefused(Refusal.CHANGED, "its bytes are not those that were stored")
    try:
        return _opened(_inflated(content))
    except (KeyError, TypeError, ValueError, zlib.error, struct.error) as trouble:
        found = f"{type(trouble).__name__}: {trouble}"
        raise BackTestRefused(Refusal.MALFORMED, found) from trouble


def _inflated(content: bytes) -> bytes:
    deflated = zlib.decompressobj()
    raw = deflated.decompress(content, MAX_BYTES)
    if not deflated.eof:
        raise ValueError(f"cut short, or more than {MAX_BYTES} bytes")
    return raw


def _opened(raw: bytes) -> OpenedBackTest:
    (length,) = _LENGTH.unpack_from(raw)
    begin = _LENGTH.size + length
    header = json.loads(raw[_LENGTH.size : begin])
    edges = tuple(float(edge) for edge in header["edges_hours"])
    groups = []
    for told in header["groups"]:
        group, begin = _group(told, raw, begin, len(edges))
        groups.append(group)
    if begin != len(raw):
        raise ValueError(f"{len(raw) - begin} bytes too many")
    return OpenedBackTest(edges, tuple(groups))


def _group(
    told: Mapping[str, Any], raw: bytes, begin: int, edges: int
) -> tuple[BackTestGroup, int]:
    """One group and where the next begins; raise ValueError for what cannot be forecasts."""
    rows, bins = (int(size) for size in told["shape"])
    if rows < 0 or bins not in (0, edges) or len(told["modes"]) != len(told["shares"]):
        raise ValueError("a group of another shape")
    behind = begin + rows * _INSTANT.itemsize
    end = behind + rows * bins * _NUMBER.itemsize
    at = _numbers(raw[begin:behind], _INSTANT, rows).astype(np.int64)
    survival = _numbers(raw[behind:end], _NUMBER, rows * bins).reshape(bins, rows).T
    if (np.diff(at) <= 0).any() or not ((survival >= 0) & (survival <= 1)).all():
        raise ValueError("moments that do not rise, or no probabilities")
    shares = tuple(float(share) for share in told["shares"])
    modes = tuple(str(mode) for mode in told["modes"])
    return BackTestGroup(modes, shares, str(told["rung"]), at, survival.astype(np.float32)), end


def _planes(numbers: npt.NDArray[Any], kind: np.dtype[Any]) -> bytes:
    """The first bytes of all numbers, then the second ones, and so on."""
    flat = np.ascontiguousarray(numbers, dtype=kind).reshape(-1)
    return flat.view(np.uint8).reshape(-1, kind.itemsize).T.tobytes()


def _numbers(planes: bytes, kind: np.dtype[Any], count: int) -> npt.NDArray[Any]:
    """What `_planes` was given; raise ValueError when bytes are missing."""
    found = np.frombuffer(planes, np.uint8).reshape(kind.itemsize, count)
    return np.ascontiguousarray(found.T).view(kind).reshape(-1)
