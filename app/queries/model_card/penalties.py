"""What it costs a class to be served by every machine's own predictor, as last measured."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import PredictorVersion
from app.queries.model_card import learning
from app.queries.model_card.learning import Penalty
from app.queries.predictions import mode_names


def own_penalties(session: Session, *, class_id: int) -> list[tuple[str, Penalty]]:
    """(mode's name, penalty) over all machines whose own predictor was measured, by their rows."""
    versions = session.scalars(
        sa.select(PredictorVersion.metrics)
        .join(Equipment, Equipment.id == PredictorVersion.equipment_id)
        .where(Equipment.equipment_class_id == class_id, PredictorVersion.is_current)
        .order_by(PredictorVersion.id)
    )
    found: dict[str, list[Penalty]] = defaultdict(list)
    for metrics in versions:
        for group, told in (metrics.get("groups") or {}).items():
            penalty = learning.penalty(told)
            if penalty is not None:
                found[group].append(penalty)
    names = mode_names(session, [class_id])
    return [
        (names.get((class_id, group), group), _together(of_machines))
        for group, of_machines in sorted(found.items())
    ]


def _together(penalties: list[Penalty]) -> Penalty:
    rows = sum(penalty.rows for penalty in penalties)
    own = sum(penalty.own * penalty.rows for penalty in penalties) / rows
    of_class = sum(penalty.of_class * penalty.rows for penalty in penalties) / rows
    return Penalty(own, of_class, rows)
