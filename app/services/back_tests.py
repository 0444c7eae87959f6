"""Keep what a machine's predictor would have said of the nights before it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.back_tests import BackTest
from app.domain.instants import from_micros
from app.queries.back_tests import BackTestGroup, digest_of, first_issued, pack


def keep(
    session: Session,
    *,
    equipment_id: int,
    version_id: int,
    edges_hours: Sequence[float],
    groups: Sequence[BackTestGroup],
    is_light: bool,
    now: datetime,
) -> None:
    """Put a machine's new back-test in the place of the one before.

    Only what lies before its first forecast as issued is kept; nothing left, no row. A light
    back-test knows the newest stretch of time alone and never takes the place of another.
    """
    border = first_issued(session, equipment_id=equipment_id)
    cut = [group.before(border) for group in groups]
    kept = [group for group in cut if len(group.at)]
    is_known = sa.exists().where(BackTest.equipment_id == equipment_id)
    if is_light and session.scalar(sa.select(is_known)):
        return
    session.execute(sa.delete(BackTest).where(BackTest.equipment_id == equipment_id))
    if kept:
        content = pack(edges_hours, kept)
        row = BackTest(
            equipment_id=equipment_id,
            predictor_version_id=version_id,
            since=from_micros(min(int(group.at[0]) for group in kept)),
            until=from_micros(max(int(group.at[-1]) for group in kept)),
            made_at=now,
            digest=digest_of(content),
            content=content,
        )
        session.add(row)
        session.flush()
