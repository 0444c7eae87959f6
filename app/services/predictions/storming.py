"""The storm breaker: too many suggestions at once wait for a planner's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.storms import Storm
from app.domain.risk import Verdict
from app.domain.roles import Actor
from app.domain.storms import Front, Place, StormState, fronts
from app.queries.candidates import Candidate
from app.queries.storms import (
    WordOnStorm,
    held_keys,
    likely_cause,
    waiting_storms,
)
from app.services import audit, outbox
from app.services.predictions.notes import note

Words = Mapping[tuple[int, str], WordOnStorm]


def keep_words_out(session: Session) -> None:
    """Hold the waiting storms until this transaction ends: a planner who releases one meanwhile
    would raise the very orders that the night is about to raise."""
    waiting = sa.select(Storm.id).where(Storm.state == StormState.WAITING)
    session.execute(waiting.order_by(Storm.id).with_for_update()).all()


def hold_back(
    session: Session,
    run_id: int,
    wanted: Sequence[Candidate],
    *,
    looked: Iterable[Candidate],
    words: Words,
    drifts: Mapping[int, str],
    now: datetime,
    by: Actor,
) -> list[Candidate]:
    """Note what storms hold back; return the candidates that are left.

    1. What a planner released stays free for the rule's cooldown.
    2. New fronts hold everything wanted below them, in the storm that waits there or a new one.
    3. What a waiting storm held the night before, it holds still, however few are left.

    *drifts*: what tonight's comparison said of the classes, by class.
    """
    fresh = [candidate for candidate in wanted if not _is_released(candidate, words)]
    storm_of = _held_before(session, run_id)
    found = fronts(_places(looked), {candidate.equipment_id for candidate in fresh})
    for front in found:
        hit = [candidate for candidate in fresh if candidate.equipment_id in front.wanted]
        storm_id = _storm(session, run_id, front, hit, drifts, now=now, by=by)
        storm_of |= {candidate.key: storm_id for candidate in hit}
    held = {candidate.key for candidate in fresh if candidate.key in storm_of}
    for candidate in wanted:
        if candidate.key in held:
            why = f"Storm {storm_of[candidate.key]}: held back for a planner's word."
            note(session, run_id, candidate, Verdict.HELD_STORM, why)
    return [candidate for candidate in wanted if candidate.key not in held]


def _is_released(candidate: Candidate, words: Words) -> bool:
    word = words.get(candidate.key)
    return (
        word is not None
        and word.state is StormState.RELEASED
        and word.at + candidate.rule.cooldown > candidate.as_of
    )


def _held_before(session: Session, run_id: int) -> dict[tuple[int, str], int]:
    return {held.key: held.storm_id for held in held_keys(session, but_run_id=run_id)}


def _places(looked: Iterable[Candidate]) -> tuple[Place, ...]:
    """One place for each machine of the night."""
    found = {
        candidate.equipment_id: Place(
            machine=candidate.equipment_id,
            site_id=candidate.crew[0],
            class_id=candidate.class_id,
            share=candidate.rule.storm_share,
        )
        for candidate in looked
    }
    return tuple(found.values())


def _storm(
    session: Session,
    run_id: int,
    front: Front,
    hit: Sequence[Candidate],
    drifts: Mapping[int, str],
    *,
    now: datetime,
    by: Actor,
) -> int:
    """The storm of a front, brought up to date; a new one is told to the outside."""
    drift = "" if front.class_id is None else drifts.get(front.class_id, "")
    cause = likely_cause(session, wanted=hit, site_id=front.site_id, at=now, drift=drift)
    row = _waiting(session, front)
    is_new = row is None
    if row is None:
        row = Storm(run_id=run_id, site_id=front.site_id, equipment_class_id=front.class_id, at=now)
        session.add(row)
    row.wanted, row.machines, row.share = len(front.wanted), front.machines, front.share
    row.cause = cause
    session.flush()
    if is_new:
        _tell(session, row, now=now, by=by)
    return row.id


def _waiting(session: Session, front: Front) -> Storm | None:
    """The storm that waits over the front's class, else over its whole site."""
    at_site: dict[int | None, int] = {}
    for storm in waiting_storms(session):
        if storm.site_id == front.site_id:
            at_site.setdefault(storm.class_id, storm.id)
    storm_id = at_site.get(front.class_id, at_site.get(None))
    return None if storm_id is None else session.get_one(Storm, storm_id, with_for_update=True)


def _tell(session: Session, storm: Storm, *, now: datetime, by: Actor) -> None:
    facts = {"wanted": storm.wanted, "machines": storm.machines, "cause": storm.cause}
    audit.record(
        session,
        entity="storm",
        entity_id=storm.id,
        action="raised",
        changes=facts,
        now=now,
        by=by,
    )
    payload = {"storm_id": storm.id, "site_id": storm.site_id, **facts}
    outbox.put(session, kind="storm_held", payload=payload, now=now)
