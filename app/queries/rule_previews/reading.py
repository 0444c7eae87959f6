"""Reads the forecasts of the nights, below the ORM; each row is touched once.

A year of a thousand machines is more than half a million rows.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import ClassGate, Forecast, PredictorVersion
from app.db.training import RunKind, TrainingRun
from app.domain.instants import to_micros
from app.domain.nights import PUNCTUAL
from app.domain.risk import Gate
from app.queries.candidates import UNPREDICTIVE
from app.queries.rule_previews.curves import Curves, Floats, Integers
from app.queries.rule_previews.issued import Issued
from app.queries.rule_previews.machines import Key

_AT_ONCE = 10_000
# Below the ORM, which takes as long again.
_FORECASTS, _VERSIONS, _RUNS, _GATES = (
    cast("sa.Table", kind.__table__)
    for kind in (Forecast, PredictorVersion, TrainingRun, ClassGate)
)
_NO = np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows as read, those that may raise orders; `told` has (key, moment) of all of them."""

    id: Integers
    at: Integers
    key: Integers
    risk: Floats
    hours: Floats
    edges: Sequence[str]
    survival: Sequence[str]
    told: Integers


def issued(session: Session, keys: Sequence[Key], *, since: datetime) -> Issued:
    """Every punctual forecast of a nightly run for these keys from *since* on."""
    places = {(key.equipment_id, key.mode): place for place, key in enumerate(keys)}
    nights = _Nights()
    whole = _Whole()
    with session.execute(_asked(keys, since)) as rows:
        for some in rows.partitions(_AT_ONCE):
            whole.take(_part(some, places, nights))
    return whole.sorted()


def _asked(keys: Sequence[Key], since: datetime) -> sa.Select[*tuple[Any, ...]]:
    """Id, machine, mode, as-of, issued at (both as stored), risk, its window, whether the night
    would have let it raise an order at all, edges and survival (both as text)."""
    told, gate = _FORECASTS.c, _GATES.c
    may_raise = sa.and_(
        told.standing_since.is_(None),
        told.rung.not_in(tuple(UNPREDICTIVE)),
        gate.gate != Gate.CLOSED,
    )
    return (
        sa.select(
            told.id,
            told.equipment_id,
            told.mode,
            sa.type_coerce(told.as_of, sa.String),
            sa.type_coerce(told.issued_at, sa.String),
            told.risk,
            told.risk_hours,
            sa.func.coalesce(may_raise, sa.false()),
            sa.cast(told.edges_hours, sa.Text),
            sa.cast(told.survival, sa.Text),
        )
        .join(_RUNS, _RUNS.c.id == told.run_id)
        .join(_VERSIONS, _VERSIONS.c.id == told.predictor_version_id)
        .outerjoin(
            _GATES,
            sa.and_(gate.class_version_id == _VERSIONS.c.class_version_id, gate.mode == told.mode),
        )
        .where(
            told.equipment_id.in_({key.equipment_id for key in keys}),
            told.mode.in_({key.mode for key in keys}),
            told.as_of >= since,
            _RUNS.c.kind == RunKind.NIGHTLY,
        )
        .execution_options(yield_per=_AT_ONCE)
    )


class _Nights(dict[Any, tuple[int, Any]]):
    """An as-of as stored -> its microseconds, and until when (as stored) it is punctual.

    A night has thousands of rows and one as-of; SQLite keeps moments as text that sorts like them.
    """

    def __missing__(self, stored: Any) -> tuple[int, Any]:
        if isinstance(stored, str):
            at = datetime.fromisoformat(stored).replace(tzinfo=UTC)
            latest = (at + PUNCTUAL).replace(tzinfo=None)
            found = to_micros(at), latest.isoformat(sep=" ", timespec="microseconds")
        else:
            found = to_micros(stored), stored + PUNCTUAL
        self[stored] = found
        return found


def _part(rows: Sequence[Any], places: Mapping[tuple[int, str], int], nights: _Nights) -> _Part:
    """Punctual rows of known keys, as columns."""
    kept, told = [], []
    for id_, machine, mode, as_of, issued_at, risk, hours, may_raise, edges, survival in rows:
        at, latest = nights[as_of]
        key = places.get((machine, mode))
        if key is None or issued_at > latest:
            continue
        told.append((key, at))
        if may_raise:
            kept.append((id_, at, key, risk, hours, edges, survival))
    ids, moments, keys, risks, windows, edge_texts, texts = (
        zip(*kept, strict=True) if kept else [()] * 7
    )
    return _Part(
        id=np.array(ids, dtype=np.int64),
        at=np.array(moments, dtype=np.int64),
        key=np.array(keys, dtype=np.int64),
        risk=np.array(risks, dtype=float),
        hours=np.array(windows, dtype=float),
        edges=edge_texts,
        survival=texts,
        told=np.array(told, dtype=np.int64).reshape(-1, 2),
    )


class _Whole:
    """All parts together; curves are read number by number as they come, text is large."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.rows = 0
        self.places: dict[str, list[Integers]] = defaultdict(list)
        self.survival: dict[str, list[Floats]] = defaultdict(list)

    def take(self, part: _Part) -> None:
        """Add a part, its curves as numbers."""
        edges = np.array(part.edges, dtype=object)
        for text in dict.fromkeys(part.edges):
            here = np.flatnonzero(edges == text)
            told = ",".join(part.survival[place] for place in here.tolist())
            self.places[text].append(here + self.rows)
            self.survival[text].append(np.array(json.loads(f"[{told}]"), dtype=float))
        self.rows += len(part.id)
        self.parts.append(replace(part, edges=(), survival=()))

    def sorted(self) -> Issued:
        """By night and key; of several forecasts of one night for one key the last one."""
        id_, at, key = self._column("id"), self._column("at"), self._column("key")
        order = np.lexsort((id_, key, at))
        same = (at[order][1:] == at[order][:-1]) & (key[order][1:] == key[order][:-1])
        kept = order[np.append(~same, True)] if len(order) else order
        place_of = np.full(len(order), -1, dtype=np.int64)
        place_of[kept] = np.arange(len(kept))
        told = np.concatenate([part.told for part in self.parts] or [_NO.reshape(0, 2)])
        return Issued(
            at=at[kept],
            key=key[kept],
            risk=self._column("risk")[kept],
            hours=self._column("hours")[kept],
            curves=tuple(self._curves(text, place_of) for text in self.places),
            told=(told[:, 0], told[:, 1]),
            is_back_test=np.zeros(len(kept), dtype=np.bool_),
            told_back_test=np.zeros(len(told), dtype=np.bool_),
        )

    def _curves(self, text: str, place_of: Integers) -> Curves:
        places = place_of[np.concatenate(self.places[text])]
        survival = np.concatenate(self.survival[text])[places >= 0]
        # Column by column in memory: a preview reads two of them.
        return Curves(tuple(json.loads(text)), places[places >= 0], np.asfortranarray(survival))

    def _column(self, name: str) -> npt.NDArray[Any]:
        columns = [getattr(part, name) for part in self.parts]
        return np.concatenate(columns) if columns else _NO
