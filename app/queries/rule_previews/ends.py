"""How the lives of components ended, when work was done on them, and which failures there were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.records import ServiceRecord
from app.db.work_orders import Finding, WorkOrder
from app.domain.instants import to_micros
from app.domain.life_ends import CONFIRMED_OUTCOMES, ENDING_OUTCOMES, concerns
from app.domain.previews import End
from app.domain.work_orders import OrderType
from app.queries.life_ends import life_ends
from app.queries.rule_previews.machines import Key

_Found = Mapping[tuple[int, str], Sequence[tuple[int, End]]]


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure, and the keys (places in the list of them) it concerns; `at` in microseconds."""

    at: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """By key: (moment, how) of each end, sorted; (known at, done at) of each work, sorted."""

    ends: tuple[Sequence[tuple[int, End]], ...]
    works: tuple[Sequence[tuple[int, int]], ...]
    failures: tuple[Failed, ...]


def ends_of(session: Session, keys: Sequence[Key], *, since: datetime, now: datetime) -> Ends:
    """What is known *now* of these keys after *since*; works also from before."""
    ids = sorted({key.equipment_id for key in keys})
    found = life_ends(session, since=since, known_at=now, equipment_ids=ids)
    looked = _looked(session, ids, since, now)
    works = _works(session, ids, now)
    failures: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    ends: list[list[tuple[int, End]]] = []
    for place, key in enumerate(keys):
        of_key = list(looked.get((key.equipment_id, key.mode), ()))
        for end in found.get(key.equipment_id, ()):
            if concerns(end, key.mode):
                at = to_micros(end.at)
                of_key.append((at, End.CUT if end.is_renewal else End.FAILURE))
                if not end.is_renewal:
                    failures[at, key.equipment_id, end.component].append(place)
        ends.append(sorted(of_key))
    return Ends(
        ends=tuple(ends),
        works=tuple(works.get((key.equipment_id, key.component_id), ()) for key in keys),
        failures=tuple(Failed(at, tuple(places)) for (at, *_), places in sorted(failures.items())),
    )


def _looked(session: Session, ids: Sequence[int], since: datetime, now: datetime) -> _Found:
    """What somebody found who was sent by a prediction: the fault, or a part still good."""
    rows = session.execute(
        sa.select(Finding.equipment_id, WorkOrder.mode, Finding.at, Finding.outcome)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .where(
            WorkOrder.type == OrderType.PREDICTIVE,
            Finding.equipment_id.in_(ids),
            Finding.outcome.in_(ENDING_OUTCOMES),
            Finding.at > since,
            Finding.at <= now,
            Finding.recorded_at <= now,
        )
    )
    found: dict[tuple[int, str], list[tuple[int, End]]] = defaultdict(list)
    for machine, mode, at, outcome in rows:
        is_fault = outcome in CONFIRMED_OUTCOMES
        end = End.CONFIRMED if is_fault else End.NOTHING_FOUND
        found[machine, mode].append((to_micros(at), end))
    return found


def _works(
    session: Session, ids: Sequence[int], now: datetime
) -> Mapping[tuple[int, int | None], Sequence[tuple[int, int]]]:
    """Machine and component -> when work on it was known and when it was done, in that order."""
    rows = session.execute(
        sa.select(
            ServiceRecord.equipment_id,
            ServiceRecord.component_id,
            ServiceRecord.at,
            ServiceRecord.recorded_at,
        ).where(ServiceRecord.equipment_id.in_(ids), ServiceRecord.at <= now)
    )
    found: dict[tuple[int, int | None], list[tuple[int, int]]] = defaultdict(list)
    for machine, component, at, recorded_at in rows:
        done = to_micros(at)
        found[machine, component].append((max(done, to_micros(recorded_at)), done))
    return {key: sorted(works) for key, works in found.items()}
