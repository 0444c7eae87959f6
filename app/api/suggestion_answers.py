"""A suggestion in the words of the API: what its page shows, from the same questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.api.access import me
from app.api.order_answers import WorkOrderItem, item
from app.api.plant_time import today
from app.context import now
from app.domain.deadlines import Certainty, Deadline
from app.domain.errors import NotFound
from app.domain.work_orders import Action
from app.queries import suggestions as questions
from app.queries import work_orders
from app.queries.suggestions import (
    OtherWork,
    Preparation,
    Reason,
    Suggestion,
    Sureness,
    Waiting,
    Window,
)
from app.queries.work_orders import EvidenceLine, OrderPage

# Dates and risks stand beside these words as fields; the page says the same in one sentence.
WORDS = {
    Certainty.DATE: (
        "Start by this date, so that part and work are done before one in ten such machines"
        " has failed."
    ),
    Certainty.PAST: "Too late for a planned part.",
    Certainty.BELOW: "The newest night sees the risk below the threshold of the order rule.",
    Certainty.UNSURE: (
        "This forecast is no more certain about the day than the age of the part is."
    ),
    Certainty.UNKNOWN: "The forecast does not reach far enough to name one.",
}


@dataclass(frozen=True, slots=True)
class MustStartBy(Deadline):
    """The date, or why there is none, in words too."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class SuggestionDetail:
    """One suggestion that is not begun, by the newest night.

    `lower_at` is when one in ten such machines has failed; `waiting` costs the order rule's
    currency; `forecast` is null when no night stands behind the order; `inspection_id` is the
    newest inspection it asked for; `actions` is what this token may do to the order now.
    """

    order: WorkOrderItem
    as_of: datetime
    threshold: float
    forecast: EvidenceLine | None
    sureness: Sureness
    must_start_by: MustStartBy
    lower_at: datetime | None
    waiting: Waiting
    windows: list[Window]
    other_work: OtherWork
    reasons: list[Reason]
    preparation: Preparation
    inspection_id: int | None
    actions: list[Action]


def suggestion_detail(session: Session, work_order_id: int) -> SuggestionDetail:
    """One suggestion; raise NotFound for every other order, and for those of another site."""
    told = questions.suggestion(session, scope=me().scope, work_order_id=work_order_id, now=now())
    if told is None:
        raise NotFound(f"Work order {work_order_id} is no suggestion that is still to be begun.")
    page = work_orders.order_page(
        session,
        scope=me().scope,
        work_order_id=work_order_id,
        by=me(),
        now=now(),
        today=today(session),
    )
    return _detail(told, page)


def _detail(told: Suggestion, page: OrderPage) -> SuggestionDetail:
    return SuggestionDetail(
        order=item(page.order, None),
        as_of=told.as_of,
        threshold=told.threshold,
        forecast=page.evidence[0] if page.evidence else None,
        sureness=told.sureness,
        must_start_by=_must_start_by(told.deadline),
        lower_at=told.lower_at,
        waiting=told.waiting,
        windows=list(told.windows),
        other_work=told.other_work,
        reasons=list(told.reasons),
        preparation=told.preparation,
        inspection_id=None if told.inspection is None else told.inspection[0],
        actions=list(page.actions),
    )


def _must_start_by(found: Deadline) -> MustStartBy:
    return MustStartBy(
        certainty=found.certainty,
        at=found.at,
        part_at=found.part_at,
        risk=found.risk,
        words=WORDS[found.certainty],
    )
