"""Training runs: list, one with its machines, and the wish for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks, does
from app.context import now
from app.db.training import MachineStatus, RequestKind, RunKind, RunState, Stage
from app.domain.tokens import TokenScope
from app.inputs.base import Input
from app.inputs.training import AskForRun
from app.inputs.work_orders import NoDetails
from app.queries import training as questions
from app.queries.training import OutcomeRow, RunRow
from app.services import runs

blueprint = Blueprint("training_runs", __name__, url_prefix="/training-runs")


class MachinesQuery(Input):
    """Which machines of the run: those with one status; a page of a hundred."""

    status: MachineStatus | None = None
    after: Annotated[str, Field(max_length=500)] | None = None


@dataclass(frozen=True, slots=True)
class TrainingRunItem:
    """One run; `counts` as the trainer wrote them, `outcomes` counted from the machines."""

    id: int
    kind: RunKind
    local_date: date
    as_of: datetime
    state: RunState
    stage: Stage
    is_refit: bool
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    steps_done: int
    steps_total: int
    engine: str
    workers: int
    counts: Mapping[str, Any]
    outcomes: Mapping[MachineStatus, int]
    note: str


@dataclass(frozen=True, slots=True)
class TrainingRunDetail(TrainingRunItem):
    """One run with a page of its machines, by tag."""

    machines: Listing[OutcomeRow]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the trainer was asked for; it starts in a few seconds where a scheduler runs."""

    request_id: int
    kind: RequestKind


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[TrainingRunItem], query=Paging)
def index(session: Session, query: Paging) -> Listing[TrainingRunItem]:
    """Runs, the newest first."""
    found = questions.runs(session, scope=me().scope, after=query.after, limit=query.limit)
    return listing(found, lambda run: TrainingRunItem(**_facts(run)))


@blueprint.get("/<id:run_id>")
@needs(TokenScope.READ)
@asks(TrainingRunDetail, query=MachinesQuery)
def detail(session: Session, run_id: int, query: MachinesQuery) -> TrainingRunDetail:
    """One run with what became of each machine."""
    found = questions.run_page(
        session, scope=me().scope, run_id=run_id, status=query.status, after=query.after
    )
    machines = listing(found.outcomes, lambda row: row)
    return TrainingRunDetail(**_facts(found.run), machines=machines)


@blueprint.post("")
@needs(TokenScope.WRITE)
@does(Wish, body=AskForRun, status=202)
def create(session: Session, body: AskForRun) -> Wish:
    """Ask the trainer for a run; asking twice before it starts is one wish."""
    kind = RequestKind(body.kind)
    made = runs.request_run(session, kind=kind, run_id=None, now=now(), by=me())
    return Wish(made, kind)


@blueprint.post("/<id:run_id>/cancel")
@needs(TokenScope.WRITE)
@does(Wish, body=NoDetails, status=202)
def cancel(session: Session, run_id: int) -> Wish:
    """Ask the running trainer to stop; machines that are done stay done."""
    questions.run(session, scope=me().scope, run_id=run_id)
    kind = RequestKind.CANCEL
    return Wish(runs.request_run(session, kind=kind, run_id=run_id, now=now(), by=me()), kind)


def _facts(run: RunRow) -> dict[str, Any]:
    names = [name for name in TrainingRunItem.__dataclass_fields__ if name != "seconds"]
    return {name: getattr(run, name) for name in names} | {"seconds": run.seconds}
