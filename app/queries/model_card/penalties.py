"""What it costs a class to be served by every machine's own predictor, as last measured."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import ClassVersion
from app.queries.model_card import learning
from app.queries.model_card.learning import Penalty
from app.queries.predictions import mode_names


def own_penalties(session: Session, *, class_id: int) -> list[tuple[str, Penalty]]:
    """(mode's name, penalty) of the class's newest version, where both were measured."""
    metrics = session.scalar(
        sa.select(ClassVersion.metrics)
        .where(ClassVersion.equipment_class_id == class_id)
        .order_by(ClassVersion.as_of.desc(), ClassVersion.id.desc())
        .limit(1)
    )
    names = mode_names(session, [class_id])
    found = [
        (names.get((class_id, told["mode"]), told["mode"]), learning.penalty(told))
        for told in (metrics or {}).get("modes") or ()
    ]
    return [(name, penalty) for name, penalty in found if penalty is not None]
