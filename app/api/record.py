"""How good the predictions are by what people answered: the counts of the page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks
from app.context import now
from app.domain.feedback import Ratio, Tally
from app.domain.tokens import TokenScope
from app.queries import record
from app.queries.record import DismissalLine, Group

blueprint = Blueprint("record", __name__, url_prefix="/record")


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of` events; `share` (0 to 1) is null below ten."""

    part: int
    of: int
    share: float | None


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """The tally of one machine, class or site; `equipment_id` null = of several machines.

    `precision`: fault as predicted, of orders closed with a known outcome. `any_fault`: any fault
    found, of the same. `coverage`: faults found and failures warned of in time, of all faults
    found and failures. `leads`: the failures behind the lead; its lowest tenth is null below ten.
    `false_alarms`: orders on which nothing was found; their rate is null below ten.
    """

    name: str
    equipment_id: int | None
    machine_years: float
    precision: Share
    any_fault: Share
    coverage: Share
    leads: int
    lead_median_hours: float | None
    lead_p10_hours: float | None
    false_alarms: int
    false_alarms_per_machine_year: float | None
    failures: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class FeedbackDetail:
    """The whole, and by site, class and reason of dismissal; machines are a list of their own."""

    whole: FeedbackItem
    sites: list[FeedbackItem]
    classes: list[FeedbackItem]
    dismissals: list[DismissalLine]


@blueprint.get("/feedback")
@needs(TokenScope.READ)
@asks(FeedbackDetail)
def feedback(session: Session) -> FeedbackDetail:
    """Precision, coverage, lead and false alarms since the first forecast."""
    found = record.feedback(session, scope=me().scope, now=now())
    return FeedbackDetail(
        whole=_item(Group("", found.whole)),
        sites=[_item(group) for group in found.sites],
        classes=[_item(group) for group in found.classes],
        dismissals=list(found.dismissals),
    )


@blueprint.get("/feedback/machines")
@needs(TokenScope.READ)
@asks(Listing[FeedbackItem], query=Paging)
def feedback_machines(session: Session, query: Paging) -> Listing[FeedbackItem]:
    """The same of each machine with anything to tell, those with most first."""
    found = record.machine_feedback(
        session, scope=me().scope, now=now(), after=query.after, limit=query.limit
    )
    return listing(found, _item)


def _item(group: Group) -> FeedbackItem:
    tally: Tally = group.tally
    return FeedbackItem(
        name=group.name,
        equipment_id=group.equipment_id,
        machine_years=tally.machine_years,
        precision=_share(tally.precision),
        any_fault=_share(tally.any_fault),
        coverage=_share(tally.coverage),
        leads=len(tally.leads_hours),
        lead_median_hours=tally.lead_median_hours,
        lead_p10_hours=tally.lead_p10_hours,
        false_alarms=tally.in_vain,
        false_alarms_per_machine_year=tally.told_alarm_rate,
        failures=tally.failures,
        dismissed=tally.dismissed,
    )


def _share(ratio: Ratio) -> Share:
    return Share(ratio.part, ratio.of, ratio.share)
