"""Back-tests for the nights before a machine's first forecast as issued: never both at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.back_tests import BackTest
from app.db.predictions import ClassGate, PredictorVersion
from app.domain.instants import to_micros
from app.domain.risk import Gate
from app.queries.back_tests import BackTestGroup, BackTestRefused, OpenedBackTest, unpack
from app.queries.candidates import UNPREDICTIVE
from app.queries.rule_previews.curves import Curves, Floats, Integers
from app.queries.rule_previews.issued import Issued, Refused
from app.queries.rule_previews.machines import Key
from app.queries.rule_previews.marks import NEVER
from app.queries.rule_previews.reading import issued

_AT_ONCE = 100
# Read off the curve for any window: nothing was told beside it.
_UNTOLD = np.nan
log = logging.getLogger(__name__)


def forecasts(session: Session, keys: Sequence[Key], *, since: datetime) -> Issued:
    """Forecasts as issued from *since* on and, before a machine's first, its back-test."""
    rows = issued(session, keys, since=since)
    borders = first_nights(rows, keys)
    found = _Found(keys, _open_gates(session, keys))
    for equipment_id, content, digest in _stored(session, keys):
        until = borders.get(equipment_id, NEVER)
        found.take(equipment_id, content, digest, since=to_micros(since), until=until)
    return _together(rows, found)


def first_nights(rows: Issued, keys: Sequence[Key]) -> dict[int, int]:
    """Machine -> its first forecast as issued, of those that were read; microseconds."""
    places, moments = (told[~rows.told_back_test] for told in rows.told)
    machines = np.array([key.equipment_id for key in keys], dtype=np.int64)[places]
    ids, place = np.unique(machines, return_inverse=True)
    first = np.full(len(ids), NEVER, dtype=np.int64)
    np.minimum.at(first, place, moments)
    return dict(zip(ids.tolist(), first.tolist(), strict=True))


def _stored(session: Session, keys: Sequence[Key]) -> Iterator[tuple[int, bytes, str]]:
    rows = session.execute(
        sa.select(BackTest.equipment_id, BackTest.content, BackTest.digest)
        .where(BackTest.equipment_id.in_({key.equipment_id for key in keys}))
        .order_by(BackTest.equipment_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    with rows:
        yield from rows


def _open_gates(session: Session, keys: Sequence[Key]) -> Collection[tuple[int, str]]:
    """Machines and modes whose predictor of today may raise orders."""
    rows = session.execute(
        sa.select(PredictorVersion.equipment_id, ClassGate.mode)
        .join(ClassGate, ClassGate.class_version_id == PredictorVersion.class_version_id)
        .where(
            PredictorVersion.is_current,
            PredictorVersion.equipment_id.in_({key.equipment_id for key in keys}),
            ClassGate.gate != Gate.CLOSED,
        )
    )
    return {(equipment_id, mode) for equipment_id, mode in rows}


class _Part(NamedTuple):
    """One mode's forecasts of one machine. `survival` begins at hour 0; (n, 1): none is kept."""

    machine: int
    mode: str
    key: int
    at: Integers
    edges: tuple[float, ...]
    survival: Floats


class _Found:
    """What was opened, mode by mode, and what was refused."""

    def __init__(self, keys: Sequence[Key], are_open: Collection[tuple[int, str]]) -> None:
        self.are_open = are_open
        self.tags = {key.equipment_id: key.tag for key in keys}
        self.places = {(key.equipment_id, key.mode): place for place, key in enumerate(keys)}
        self.told: list[_Part] = []
        self.refused: list[Refused] = []

    def take(self, machine: int, content: bytes, digest: str, *, since: int, until: int) -> None:
        """Open one; a damaged one is named and left out."""
        try:
            opened = unpack(content, digest)
        except BackTestRefused as trouble:
            log.warning("the back-test of %s is refused: %s", self.tags[machine], trouble)
            self.refused.append(Refused(self.tags[machine], trouble.reason))
            return
        for group in opened.groups:
            self.told += self._parts(machine, opened, group, since, until)

    def _parts(
        self, machine: int, opened: OpenedBackTest, group: BackTestGroup, since: int, until: int
    ) -> Iterator[_Part]:
        kept = (group.at >= since) & (group.at < until)
        at, survival = group.at[kept], group.survival[kept].astype(float)
        begun = np.insert(survival, 0, 1.0, axis=1)
        if group.rung in UNPREDICTIVE:
            begun = begun[:, :1]
        for mode, share in zip(group.modes, group.shares, strict=True):
            key = self.places.get((machine, mode))
            if key is not None and len(at):
                yield _Part(machine, mode, key, at, opened.edges_hours, begun**share)

    @property
    def may_raise(self) -> list[_Part]:
        """Those today's gates are open for; the others only tell."""
        return [
            part
            for part in self.told
            if part.survival.shape[1] > 1 and (part.machine, part.mode) in self.are_open
        ]


def _together(rows: Issued, found: _Found) -> Issued:
    """Both, sorted by night and key; what stood on the n-th place before stands on another now."""
    parts = found.may_raise
    at = np.concatenate([rows.at, *(part.at for part in parts)])
    key = np.concatenate([rows.key, _keys(parts)])
    order = np.lexsort((key, at))
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    untold = np.full(len(at) - len(rows.at), _UNTOLD)
    told_keys, told_at = rows.told
    told = (
        np.concatenate([told_keys, _keys(found.told)]),
        np.concatenate([told_at, *(part.at for part in found.told)]),
    )
    return Issued(
        at=at[order],
        key=key[order],
        risk=np.concatenate([rows.risk, untold])[order],
        hours=np.concatenate([rows.hours, untold])[order],
        curves=tuple(_moved(rows.curves, place_of)) + _curves(parts, place_of[len(rows.at) :]),
        told=told,
        is_back_test=order >= len(rows.at),
        told_back_test=np.arange(len(told[0])) >= len(told_keys),
        refused=tuple(found.refused),
    )


def _keys(parts: Iterable[_Part]) -> Integers:
    return np.concatenate(
        [np.empty(0, np.int64), *(np.full(len(part.at), part.key) for part in parts)]
    )


def _moved(curves: Iterable[Curves], place_of: Integers) -> Iterator[Curves]:
    for one in curves:
        yield Curves(one.edges_hours, place_of[one.places], one.survival)


def _curves(parts: Sequence[_Part], places: Integers) -> tuple[Curves, ...]:
    """The curves of back-tests, those over the same edges together."""
    alike: Mapping[tuple[float, ...], list[tuple[Integers, Floats]]] = defaultdict(list)
    begin = 0
    for part in parts:
        here = places[begin : begin + len(part.at)]
        alike[part.edges].append((here, part.survival))
        begin += len(part.at)
    return tuple(
        Curves(
            edges,
            np.concatenate([here for here, _ in some]),
            np.asfortranarray(np.concatenate([survival for _, survival in some])),
        )
        for edges, some in alike.items()
    )
