"""Day one: machines that do not look like themselves become inspection orders, a few at a time.

In the transaction of the night's decisions and after them; deterministic and idempotent. A
suggestion is approve-first whatever the order rule says, and never called a prediction: nothing
here knows how likely a failure is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.health import MachineHealth
from app.db.training import MachineStatus
from app.db.work_orders import WorkOrder, order_number
from app.domain import health as rules
from app.domain.health import WEEKLY_INSPECTIONS, HealthState, HealthVerdict
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, Priority, Source, State
from app.queries.deviations import Suspect, suggested_this_week, suspects
from app.services import outbox
from app.services.work_orders import ledger

# What a planner may still decide about.
_MOVABLE = frozenset({State.REQUESTED, State.OPEN, State.PLANNED})
_HELD = frozenset(
    {HealthVerdict.HELD_BUDGET, HealthVerdict.HELD_COOLDOWN, HealthVerdict.HELD_SNOOZED}
)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a night made of the machines that deviate, counted."""

    raised: tuple[int, ...]
    updated: int
    held_back: int
    covered: int


def decide(
    session: Session,
    *,
    run_id: int,
    health: Mapping[int, HealthState],
    now: datetime,
    by: Actor,
) -> Inspected:
    """Write what became of every machine of the run; *health* is by machine id.

    1. Machines that look as they always did, or that nobody could judge, are noted as such.
    2. A deviation is covered (open work, an earned predictor), quiet (snooze, cooldown) or wanted.
    3. Wanted inspections are raised, the furthest first, until the crew's three a week are used up.
    """
    if session.scalar(sa.select(MachineHealth.id).where(MachineHealth.run_id == run_id).limit(1)):
        return _decided_before(session, run_id)
    wanted: list[tuple[Suspect, HealthState]] = []
    for suspect in suspects(session, run_id=run_id):
        state = health.get(suspect.equipment_id) or _unjudged(suspect)
        answer = _answer(session, suspect, state, now=now, by=by)
        if answer is None:
            wanted.append((suspect, state))
        else:
            _note(session, run_id, suspect, state, *answer, now=now)
    _raise_within_budget(session, run_id, wanted, now=now, by=by)
    session.flush()
    return _decided_before(session, run_id)


def _decided_before(session: Session, run_id: int) -> Inspected:
    rows = session.execute(
        sa.select(MachineHealth.verdict, MachineHealth.work_order_id)
        .where(MachineHealth.run_id == run_id)
        .order_by(MachineHealth.id)
    ).all()
    counts = Counter(verdict for verdict, _ in rows)
    return Inspected(
        raised=tuple(order for verdict, order in rows if verdict is HealthVerdict.RAISED and order),
        updated=counts[HealthVerdict.UPDATED],
        held_back=sum(counts[verdict] for verdict in _HELD),
        covered=counts[HealthVerdict.COVERED],
    )


def _unjudged(suspect: Suspect) -> HealthState:
    """A machine whose night ended without an answer."""
    reason = suspect.outcome_reason
    if suspect.status is MachineStatus.FAILED:
        reason = "Its training broke tonight; the run's page says why."
    elif suspect.status is not MachineStatus.SKIPPED:
        reason = "It was not compared with its normal tonight; the next night does it."
    return HealthState(suspect.as_of, None, None, False, None, None, (), reason)


def _answer(
    session: Session, suspect: Suspect, state: HealthState, *, now: datetime, by: Actor
) -> tuple[HealthVerdict, str, int | None] | None:
    """Verdict, why, and the order it is about; None when an inspection is wanted."""
    own = suspect.own_order_id
    if state.score is None:
        return HealthVerdict.UNKNOWN, state.reason, None
    if not state.is_deviating:
        why = state.reason or "It looks as it always did."
        if own is not None:
            why += f" Withdrawal of {order_number(own)} is proposed."
            _propose_withdrawal(session, own, now=now, by=by)
        return HealthVerdict.NORMAL, why, None
    if own is not None:
        _renew(session, own)
        return HealthVerdict.UPDATED, f"{order_number(own)} asks for an inspection already.", own
    refusal = _refusal(suspect, state)
    return None if refusal is None else (*refusal, None)


def _refusal(suspect: Suspect, state: HealthState) -> tuple[HealthVerdict, str] | None:
    """Why a deviation becomes no order tonight; None when nothing stands against it."""
    over = {role.role for role in state.roles if role.is_over}
    if over and over <= suspect.faulty_roles:
        names = ", ".join(role.name for role in state.roles if role.is_over)
        return HealthVerdict.COVERED, f"The sensor cannot be right, check it first: {names}."
    if suspect.other_order_id is not None:
        number = order_number(suspect.other_order_id)
        return HealthVerdict.COVERED, f"{number} looks at this machine already."
    if suspect.spoken_for:
        return (
            HealthVerdict.COVERED,
            f"The predictions for {suspect.spoken_for} have earned their say: they decide here.",
        )
    if suspect.snoozed_until is not None:
        until = f"{suspect.snoozed_until:%d %b %Y %H:%M} UTC"
        return HealthVerdict.HELD_SNOOZED, f"Snoozed until {until}."
    if suspect.quiet_until is not None:
        return (
            HealthVerdict.HELD_COOLDOWN,
            f"Work or a dismissal ended less than {suspect.cooldown.days} days before;"
            f" quiet until {suspect.quiet_until:%d %b %Y}.",
        )
    return None


def _raise_within_budget(
    session: Session,
    run_id: int,
    wanted: Iterable[tuple[Suspect, HealthState]],
    *,
    now: datetime,
    by: Actor,
) -> None:
    """The furthest from its normal first; ties in the order of tags."""
    used = suggested_this_week(session, now=now)
    ranked = sorted(wanted, key=lambda pair: (-(pair[1].score or 0), pair[0].tag))
    for suspect, state in ranked:
        if used[suspect.crew] >= WEEKLY_INSPECTIONS:
            why = f"The crew has its {WEEKLY_INSPECTIONS} suggested inspections of this week."
            _note(session, run_id, suspect, state, HealthVerdict.HELD_BUDGET, why, None, now=now)
            continue
        used[suspect.crew] += 1
        order_id = _raise(session, suspect, state, now=now, by=by)
        why = "Away from its normal while its sister machines are not."
        if all(role.sisters is None for role in state.roles):
            why = "Away from its normal; there are too few sister machines to compare it with."
        _note(session, run_id, suspect, state, HealthVerdict.RAISED, why, order_id, now=now)


def _raise(
    session: Session, suspect: Suspect, state: HealthState, *, now: datetime, by: Actor
) -> int:
    order = WorkOrder(
        equipment_id=suspect.equipment_id,
        type=OrderType.INSPECTION,
        source=Source.DEVIATION,
        state=State.REQUESTED,
        priority=Priority.NORMAL,
        title=rules.title(suspect.tag, state.roles),
        description="\n".join(_case(state)),
        team_id=suspect.team_id,
    )
    told = f"It does not look like itself, by its readings up to {state.as_of:%d %b %Y}."
    ledger.write_new(session, order, now=now, by=by, note=told)
    message = {"number": order.number, "equipment_id": order.equipment_id}
    outbox.put(session, kind="inspection_suggested", payload=message, now=now)
    return order.id


def _case(state: HealthState) -> list[str]:
    since = f"Away from its own normal since {state.since:%d %b %Y}." if state.since else ""
    return [line for line in (*state.told, since) if line]


def _renew(session: Session, order_id: int) -> None:
    """It deviates again: nothing to withdraw any more."""
    order = session.get_one(WorkOrder, order_id)
    if order.state in _MOVABLE:
        order.withdrawal_proposed_at = None


def _propose_withdrawal(session: Session, order_id: int, *, now: datetime, by: Actor) -> None:
    """Say so once; a person decides, the night never closes an order."""
    order = session.get_one(WorkOrder, order_id)
    if order.withdrawal_proposed_at is not None or order.state not in _MOVABLE:
        return
    order.withdrawal_proposed_at = now
    told = "The machine looks like itself again: withdrawal proposed."
    ledger.remember(
        session, order, "withdrawal_proposed", was=order.state, note=told, now=now, by=by
    )


def _note(
    session: Session,
    run_id: int,
    suspect: Suspect,
    state: HealthState,
    verdict: HealthVerdict,
    reason: str,
    order_id: int | None,
    *,
    now: datetime,
) -> None:
    session.add(
        MachineHealth(
            run_id=run_id,
            equipment_id=suspect.equipment_id,
            work_order_id=order_id,
            as_of=state.as_of,
            recorded_at=now,
            score=state.score,
            threshold=state.threshold,
            is_deviating=state.is_deviating,
            since=state.since,
            alarms_per_year=state.alarms_per_year,
            evidence=[asdict(role) for role in state.roles],
            verdict=verdict,
            reason=reason,
        )
    )
