"""What a night told beside a machine's risk: drift, repairs to check, and cases like this one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.queries.model_card.learning import moment

# Inside a night machines are called tag#id, for tags may repeat from site to site.
NIGHT_ID = re.compile(r"#(\d+)\b")


@dataclass(frozen=True, slots=True)
class SimilarFailure:
    """The past failure that looked most like this; equipment_id None = not for this reader."""

    sentence: str
    tag: str
    at: datetime | None
    equipment_id: int | None


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """How often a machine looked so, and how often it failed within the days after."""

    times: int
    failed: int
    days: int


@dataclass(frozen=True, slots=True)
class ForecastContext:
    """The night's words beside a risk; empty where there is nothing to say."""

    drift: str = ""
    repairs: tuple[str, ...] = ()
    similar: SimilarFailure | None = None
    seen_before: SeenBefore | None = None


def forecast_context(
    session: Session, stored: Mapping[str, Any], *, site_id: int
) -> ForecastContext:
    """What was stored with a machine's forecast; machines are linked within the site only."""
    drift = stored.get("drift") or {}
    told = [str(note.get("sentence", "")) for note in stored.get("repair") or ()]
    return ForecastContext(
        drift=str(drift.get("sentence", "")),
        repairs=tuple(sentence for sentence in told if sentence),
        similar=_similar(session, stored.get("similar") or {}, site_id),
        seen_before=_seen_before(stored.get("seen_before") or {}),
    )


def _similar(session: Session, stored: Mapping[str, Any], site_id: int) -> SimilarFailure | None:
    if not stored.get("sentence"):
        return None
    named = str(stored.get("tag", ""))
    tag = NIGHT_ID.sub("", named)
    asked = sa.select(Equipment.id).where(Equipment.site_id == site_id, Equipment.tag == tag)
    if (found := NIGHT_ID.search(named)) is not None:
        asked = asked.where(Equipment.id == int(found[1]))
    sentence = NIGHT_ID.sub("", str(stored["sentence"]))
    return SimilarFailure(sentence, tag, moment(stored.get("at")), session.scalar(asked))


def _seen_before(stored: Mapping[str, Any]) -> SeenBefore | None:
    times = int(stored.get("times") or 0)
    if not times:
        return None
    return SeenBefore(times, int(stored.get("failed") or 0), round(float(stored.get("days") or 0)))
