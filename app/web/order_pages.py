"""One order as the person who looks at it may know it, and a suggestion with what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

from app.context import database, now
from app.queries import suggestions
from app.queries import work_orders as questions
from app.queries.suggestions import Host, Reason, Suggestion, Window
from app.web.auth import me
from app.web.local_time import today
from app.web.reason_plot import ReasonPlot, reason_plot


@dataclass(frozen=True, slots=True)
class Pictured:
    """A reason with its picture; None where nothing was read."""

    reason: Reason
    plot: ReasonPlot | None


def order_page(work_order_id: int) -> questions.OrderPage:
    """Everything this person may know and do about an order; raise NotFound."""
    with database().reading() as session:
        return questions.order_page(
            session,
            scope=me().scope,
            work_order_id=work_order_id,
            by=me(),
            now=now(),
            today=today(),
        )


def suggestion(work_order_id: int) -> Suggestion | None:
    """What speaks for and against a suggestion; None for other orders."""
    with database().reading() as session:
        return suggestions.suggestion(
            session, scope=me().scope, work_order_id=work_order_id, now=now()
        )


def hosts(work_order_id: int) -> tuple[Host, ...]:
    """The open orders of the machine that could include a suggestion's work."""
    with database().reading() as session:
        return suggestions.hosts_of(
            session, scope=me().scope, work_order_id=work_order_id, now=now()
        )


def service_windows(work_order_id: int) -> tuple[Window, ...]:
    """When production releases the machine for a service."""
    with database().reading() as session:
        return suggestions.service_windows(
            session, scope=me().scope, work_order_id=work_order_id, now=now()
        )


def pictured(found: Suggestion | None) -> tuple[Pictured, ...]:
    """The reasons of a suggestion with their pictures."""
    if found is None:
        return ()
    return tuple(Pictured(reason, reason_plot(reason)) for reason in found.reasons)
