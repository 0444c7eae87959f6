"""The record: what predictions got right, what they cost in vain, what they missed and learned."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.queries import record
from app.queries.after_work import after_work
from app.queries.record import Group
from app.web.access import needs
from app.web.auth import me
from app.web.downloads import csv_file, csv_text
from app.web.words.dismissals import CONSEQUENCES
from app.web.words.lessons import LESSONS

blueprint = Blueprint("record", __name__, url_prefix="/record")
# More machines than this are in the file only.
MOST_MACHINES = 50
COLUMNS = (
    "scope",
    "name",
    "machine_years",
    "as_predicted",
    "other_fault",
    "in_vain",
    "caught",
    "warned_in_time",
    "failures",
    "dismissed",
    "lead_median_hours",
    "lead_p10_hours",
)


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Every failure since the first forecast and how it was met; every finding."""
    scope = me().scope
    with database().reading() as session:
        failures = record.failures(session, scope=scope, now=now())
        findings = record.findings(session, scope=scope, now=now())
        machines = {line.equipment_id for line in failures}
        work = after_work(session, scope=scope, equipment_ids=machines)
    found = record.summary(failures, findings)
    lines = {"failures": failures, "findings": findings}
    before = {each.failure_id: each for each in work}
    return render_template("record/index.html", found=found, after_work=before, **lines)


@blueprint.get("/feedback")
@needs(Capability.VIEW)
def feedback() -> ResponseReturnValue:
    """Precision, coverage, lead and false alarms, by site, class, machine and dismissal."""
    with database().reading() as session:
        found = record.feedback(session, scope=me().scope, now=now())
    words = {"consequences": CONSEQUENCES, "most": MOST_MACHINES}
    return render_template("record/feedback.html", found=found, **words)


@blueprint.get("/feedback.csv")
@needs(Capability.VIEW)
def feedback_table() -> ResponseReturnValue:
    """The counts behind that page as a file, of all machines."""
    with database().reading() as session:
        found = record.feedback(session, scope=me().scope, now=now())
    groups = {"site": found.sites, "class": found.classes, "machine": found.machines}
    rows = [_counts(kind, group) for kind, each in groups.items() for group in each]
    return csv_file(csv_text(COLUMNS, rows), "feedback.csv")


@blueprint.get("/answers")
@needs(Capability.VIEW)
def answers() -> ResponseReturnValue:
    """Each answer, the label it became, the night that learned it, and what moved."""
    with database().reading() as session:
        found = record.answers(
            session, scope=me().scope, now=now(), after=request.args.get("after")
        )
    words = {"consequences": CONSEQUENCES, "lessons": LESSONS}
    return render_template("record/answers.html", found=found, **words)


def _counts(kind: str, group: Group) -> tuple[object, ...]:
    tally = group.tally
    return (
        kind,
        group.name,
        round(tally.machine_years, 3),
        tally.as_predicted,
        tally.other_fault,
        tally.in_vain,
        tally.caught,
        tally.warned,
        tally.failures,
        tally.dismissed,
        tally.lead_median_hours,
        tally.lead_p10_hours,
    )
