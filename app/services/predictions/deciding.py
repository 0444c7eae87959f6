"""One night decided: what is open is updated, what is new is refused, absorbed, held or raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Decision
from app.domain.risk import HELD, Verdict
from app.domain.roles import Actor
from app.domain.storms import StormState
from app.queries.candidates import Candidate, candidates
from app.queries.storms import words_on_storms
from app.services.predictions import absorbing, raising, storming, updating
from app.services.predictions.notes import note


@dataclass(frozen=True, slots=True)
class Decided:
    """What a night decided, counted."""

    raised: tuple[int, ...]
    updated: int
    held_back: int
    withheld: int
    absorbed: int = 0
    held_by_storm: int = 0


def decide(
    session: Session,
    *,
    run_id: int,
    equipment_ids: Sequence[int],
    now: datetime,
    by: Actor,
    drifts: Mapping[int, str] | None = None,
) -> Decided:
    """Turn the newest forecasts of these machines into decisions and orders.

    1. An open predicted order of the same machine and mode gets the new evidence.
    2. A new risk above the rule's threshold is withheld (gate), held (snooze, cooldown) or wanted.
    3. What is wanted joins work that is on its way; too much of the rest at once is a storm.
    4. The others are raised by expected saving until their crew's weekly budget is used up.

    *drifts*: what tonight's comparison said of the classes, by class, for the cause of a storm.
    """
    if session.scalar(sa.select(Decision.id).where(Decision.run_id == run_id).limit(1)):
        return _decided_before(session, run_id)
    storming.keep_words_out(session)
    looked = candidates(session, equipment_ids=equipment_ids, run_id=run_id)
    known = [candidate for candidate in looked if candidate.open_order_id is not None]
    supported = updating.update(session, run_id, known, now=now, by=by)
    words = words_on_storms(session)
    wanted = _not_refused(session, run_id, looked, words)
    held, rest = absorbing.split(session, wanted)
    absorbing.absorb(session, run_id, held, supported=supported, now=now, by=by)
    rest = storming.hold_back(
        session, run_id, rest, looked=looked, words=words, drifts=drifts or {}, now=now, by=by
    )
    raising.raise_or_hold(session, run_id, rest, now=now, by=by)
    session.flush()
    return _decided_before(session, run_id)


def refusal(candidate: Candidate, words: storming.Words) -> tuple[Verdict, str] | None:
    """Why a risk above the threshold becomes no order now; None when nothing stands against."""
    if not candidate.is_earned:
        return Verdict.WITHHELD, candidate.gate_reason
    if candidate.snoozed_until is not None:
        return Verdict.HELD_SNOOZED, f"Snoozed until {candidate.snoozed_until:%d %b %Y %H:%M} UTC."
    if candidate.quiet_until is not None:
        return (
            Verdict.HELD_COOLDOWN,
            f"Work or a dismissal ended less than {candidate.rule.cooldown.days} days before;"
            f" quiet until {candidate.quiet_until:%d %b %Y}.",
        )
    return _refused_as_a_storm(candidate, words)


def _refused_as_a_storm(candidate: Candidate, words: storming.Words) -> tuple[Verdict, str] | None:
    word = words.get(candidate.key)
    if word is None or word.state is not StormState.REFUSED:
        return None
    until = word.at + candidate.rule.cooldown
    if until <= candidate.as_of:
        return None
    why = f"A planner refused it with a storm of suggestions ({word.note.rstrip('.')});"
    return Verdict.HELD_COOLDOWN, f"{why} quiet until {until:%d %b %Y}."


def _not_refused(
    session: Session, run_id: int, looked: Sequence[Candidate], words: storming.Words
) -> list[Candidate]:
    """The new risks above their threshold that nothing speaks against; the others are noted."""
    wanted = []
    for candidate in looked:
        if candidate.open_order_id is not None or not candidate.is_wanted:
            continue
        why_not = refusal(candidate, words)
        if why_not is None:
            wanted.append(candidate)
        else:
            note(session, run_id, candidate, *why_not)
    return wanted


def _decided_before(session: Session, run_id: int) -> Decided:
    rows = session.execute(
        sa.select(Decision.verdict, Decision.work_order_id)
        .where(Decision.run_id == run_id)
        .order_by(Decision.id)
    ).all()
    counts = Counter(verdict for verdict, _ in rows)
    return Decided(
        raised=tuple(order for verdict, order in rows if verdict is Verdict.RAISED and order),
        updated=counts[Verdict.UPDATED] + counts[Verdict.WITHDRAWAL],
        held_back=sum(counts[verdict] for verdict in HELD),
        withheld=counts[Verdict.WITHHELD],
        absorbed=counts[Verdict.ABSORBED],
        held_by_storm=counts[Verdict.HELD_STORM],
    )
