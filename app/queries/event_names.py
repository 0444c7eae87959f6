"""What the codes of a machine's own events are called, where the machine said so."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.records import MachineEvent

# How a driver counts events: E17 x 2, W21 x 1.
COUNTED = re.compile(r"\b(\S+)(?= x \d)")


def event_names(session: Session, *, equipment_id: int) -> dict[str, str]:
    """Code -> name; codes that came without words are left out."""
    rows = session.execute(
        sa.select(MachineEvent.code, sa.func.max(MachineEvent.detail))
        .where(MachineEvent.equipment_id == equipment_id, MachineEvent.detail != "")
        .group_by(MachineEvent.code)
        .order_by(MachineEvent.code)
    )
    return {row[0]: row[1] for row in rows}


def with_event_names(sentence: str, names: Mapping[str, str]) -> str:
    """A driver's sentence, each counted event by its name beside its code."""

    def named(found: re.Match[str]) -> str:
        code = found[1]
        return f"{code} ({names[code]})" if code in names else code

    return COUNTED.sub(named, sentence)
