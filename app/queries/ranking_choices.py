"""What the ranking of predictions can be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.domain.roles import Scope
from app.queries.equipment import Choice, class_choices
from app.queries.places import locations, sites
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class RankingChoices:
    """The choices of the form; `components` are (code, name)."""

    sites: tuple[Choice, ...]
    locations: tuple[Choice, ...]
    classes: tuple[Choice, ...]
    components: tuple[tuple[str, str], ...]


def ranking_choices(session: Session, *, scope: Scope) -> RankingChoices:
    """Everything the reader may see machines of."""
    return RankingChoices(
        sites=tuple(sites(session, scope=scope)),
        locations=tuple(locations(session, scope=scope)),
        classes=tuple(class_choices(session, scope=scope)),
        components=_components(session, scope),
    )


def _components(session: Session, scope: Scope) -> tuple[tuple[str, str], ...]:
    """Classes may share a code; the first name stands for all."""
    rows = session.execute(
        sa.select(Component.code, sa.func.min(Component.name))
        .join(Equipment, Equipment.equipment_class_id == Component.equipment_class_id)
        .where(seen(Equipment.site_id, scope))
        .group_by(Component.code)
        .order_by(sa.func.min(Component.name), Component.code)
    )
    return tuple((code, name) for code, name in rows)
