"""The deed of the savings page: what its ledger assumes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.savings import SavingsAssumption
from app.domain.errors import Stale
from app.domain.roles import Actor
from app.inputs.savings import AssumeSavings
from app.queries.savings.assumptions import ENTITY, newest_id
from app.services import audit


def assume(
    session: Session,
    *,
    given: AssumeSavings,
    expected_id: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Price the ledger by *given* from its moment on; return the id of the entry.

    *expected_id* is the last entry the person saw (None: none yet); raise Stale when another one
    was made meanwhile. What is priced before that moment stays as it was.
    """
    # Whoever changes the assumptions too waits here, or both would see the entry before.
    newest = sa.select(SavingsAssumption.id).order_by(SavingsAssumption.id.desc()).limit(1)
    session.execute(newest.with_for_update())
    if newest_id(session) != expected_id:
        raise Stale("The assumptions were changed in the meantime; look at them again.")
    row = SavingsAssumption(
        effective_at=given.effective_at or now,
        system_cost_per_year=given.system_cost_per_year,
        set_up_cost=given.set_up_cost,
        life_given_up_share=_share(given.life_given_up_percent),
        reason=given.reason,
    )
    session.add(row)
    session.flush()
    facts = given.model_dump(mode="json")
    audit.record(
        session, entity=ENTITY, entity_id=row.id, action="assumed", changes=facts, now=now, by=by
    )
    return row.id


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
