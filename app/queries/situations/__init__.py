"""What is going on at the plant, one telling example of each kind, for the first look.

Nothing here is a text that was written somewhere: every statement names the rows it was read
from (`sources`), and every example leads to its own page.

orders     open orders with a rising sensor; orders held back or withheld
outcomes   a fault found in time, a failure that was missed, an inspection in vain
machines   a sensor that lies, a machine too new to know
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.roles import Scope
from app.queries.record import FailureLine, FindingLine
from app.queries.situations import machines, orders, outcomes
from app.queries.situations.shape import Example, Situation, Source, Trace

__all__ = ["Example", "Situation", "Source", "Trace", "situations"]


def situations(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    failures: tuple[FailureLine, ...],
    findings: tuple[FindingLine, ...],
) -> tuple[Example, ...]:
    """One example of each kind there is; *failures* and *findings* are the record's."""
    found = (
        orders.rising(session, scope=scope),
        outcomes.caught(session, findings),
        outcomes.missed(session, failures),
        outcomes.in_vain(session, findings),
        orders.withheld(session, scope=scope),
        machines.faulty_sensor(session, scope=scope, now=now),
        orders.held_back(session, scope=scope),
        machines.newcomer(session, scope=scope),
    )
    return tuple(example for example in found if example is not None)
