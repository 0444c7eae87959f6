"""A planner's word on a storm: its suggestions are raised after all, or refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Decision
from app.db.storms import Storm
from app.domain.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import Actor, Capability
from app.domain.storms import StormState
from app.inputs.storms import RefuseStorm
from app.queries.candidates import Candidate, candidates
from app.queries.storms import HeldKey, held_keys, words_on_storms
from app.services import audit
from app.services.predictions import absorbing, deciding, raising


@dataclass(frozen=True, slots=True)
class Released:
    """What a release made of the suggestions: order ids, and how many no longer needed one."""

    raised: tuple[int, ...]
    held_by_budget: int
    needless: int


def release(
    session: Session,
    *,
    storm_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> Released:
    """Raise what the storm held as its night would have done, from the same forecasts.

    By expected saving and within the budget; what is refused, absorbed, open or below its
    threshold by now needs no order. Raise NotFound, NotAllowed, Stale, or RuleBroken when a word
    was said before.
    """
    storm = _find(session, storm_id, expected_version, by)
    held = held_keys(session, storm_id=storm_id)
    wanted = list(_still_wanted(session, held, now=now))
    run_of = {key.key: key.run_id for key in held}
    raised: dict[int, int] = {}
    decision_of = {key.key: key.decision_id for key in held}
    for candidate, fits in raising.by_saving(session, wanted, now=now):
        if fits:
            remark = f"Held back with storm {storm.id}, released by {by.name}."
            run_id = run_of[candidate.key]
            order = raising.write_order(session, run_id, candidate, now=now, by=by, remark=remark)
            raised[decision_of[candidate.key]] = order.id
    _point_to_orders(session, raised)
    _decide(session, storm, StormState.RELEASED, note="", orders=raised.values(), now=now, by=by)
    return Released(
        raised=tuple(raised.values()),
        held_by_budget=len(wanted) - len(raised),
        needless=len(held) - len(wanted),
    )


def refuse(
    session: Session,
    *,
    storm_id: int,
    refusal: RefuseStorm,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Raise nothing of what the storm holds; each stays silent for its rule's cooldown.

    Raise as `release` does.
    """
    storm = _find(session, storm_id, expected_version, by)
    _decide(session, storm, StormState.REFUSED, note=refusal.note, orders=(), now=now, by=by)


def _find(session: Session, storm_id: int, expected_version: int | None, by: Actor) -> Storm:
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can decide about a storm.")
    row = session.get(Storm, storm_id, with_for_update=True, populate_existing=True)
    if row is None or not by.scope.sees(row.site_id):
        raise NotFound(f"There is no storm {storm_id}.")
    if expected_version is not None and row.version != expected_version:
        raise Stale(
            f"Storm {storm_id} was changed in the meantime: you saw version {expected_version},"
            f" it is now version {row.version}."
        )
    if row.state is not StormState.WAITING:
        raise RuleBroken(f"Storm {storm_id} was {row.state.value} already.")
    return row


def _still_wanted(
    session: Session, held: Iterable[HeldKey], *, now: datetime
) -> Iterable[Candidate]:
    """What would be raised now: from the forecasts that asked for it, by the plant as it stands."""
    keys_of: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for key in held:
        keys_of[key.run_id].add(key.key)
    words = words_on_storms(session)
    for run_id, keys in sorted(keys_of.items()):
        ids = sorted({equipment_id for equipment_id, _ in keys})
        found = candidates(session, equipment_ids=ids, run_id=run_id, at=now)
        wanted = [
            candidate
            for candidate in found
            if candidate.key in keys
            and candidate.open_order_id is None
            and candidate.is_wanted
            and deciding.refusal(candidate, words) is None
        ]
        yield from absorbing.split(session, wanted)[1]


def _point_to_orders(session: Session, orders: Mapping[int, int]) -> None:
    """Let the decisions say which order came of them; what the night decided stays as it was."""
    rows = session.scalars(sa.select(Decision).where(Decision.id.in_(orders)).order_by(Decision.id))
    for row in rows:
        row.work_order_id = orders[row.id]


def _decide(
    session: Session,
    storm: Storm,
    state: StormState,
    *,
    note: str,
    orders: Iterable[int],
    now: datetime,
    by: Actor,
) -> None:
    storm.state, storm.note = state, note
    storm.decided_at, storm.decided_by_id = now, by.id
    session.flush()
    audit.record(
        session,
        entity="storm",
        entity_id=storm.id,
        action=state.value,
        changes={"state": ["waiting", state.value], "note": note, "orders": list(orders)},
        now=now,
        by=by,
    )
