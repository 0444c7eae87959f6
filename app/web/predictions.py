"""Predictions: the fleet in order, one machine's forecast, and the orders that never were."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.db.work_orders import order_number
from app.domain.roles import Capability
from app.queries import predictions, record
from app.queries.component_forecast import component_forecast
from app.queries.predictions import RankBy, RankingFilters, RiskRow, Standing
from app.queries.ranking_choices import ranking_choices
from app.queries.record import SilentSpell
from app.web.access import needs
from app.web.auth import me
from app.web.downloads import csv_file, csv_text
from app.web.forms import coded, wants_fragment, whole
from app.web.savings import money
from app.web.survival_plot import survival_plot
from app.web.words.phrases import RUNGS

blueprint = Blueprint("predictions", __name__, url_prefix="/predictions")

RANKING_COLUMNS = (
    "equipment",
    "name",
    "class",
    "site",
    "as_of",
    "risk",
    "risk_hours",
    "threshold",
    "expected_loss",
    "must_start_by",
    "earliest_failure",
    "component",
    "rung",
    "verdict",
    "work_order",
)
SILENT_COLUMNS = (
    "equipment",
    "class",
    "component",
    "verdict",
    "since",
    "until",
    "nights",
    "risk",
    "highest_risk",
    "threshold",
    "became",
    "failed_at",
    "reason",
)


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """The fleet in order; the rows alone for htmx."""
    filters, by = _filters(), coded(RankBy, "by") or RankBy.RISK
    after, scope = request.args.get("after"), me().scope
    with database().reading() as session:
        found = predictions.ranking(
            session, scope=scope, now=now(), filters=filters, by=by, after=after
        )
        gates = predictions.gates(session, scope=scope)
        given = ranking_choices(session, scope=scope)
    name = "_rows" if wants_fragment() else "list"
    asked = {"filters": filters, "by": by, "given": given, "rungs": RUNGS, "money": money}
    return render_template(f"predictions/{name}.html", found=found, gates=gates, **asked)


@blueprint.get("/ranking.csv")
@needs(Capability.VIEW)
def table() -> ResponseReturnValue:
    """The same machines in the same order, all of them, as a file."""
    with database().reading() as session:
        found = predictions.ranking(
            session,
            scope=me().scope,
            now=now(),
            filters=_filters(),
            by=coded(RankBy, "by") or RankBy.RISK,
            limit=None,
        )
    return csv_file(csv_text(RANKING_COLUMNS, map(_ranked, found.rows)), "predictions.csv")


@blueprint.get("/<int:equipment_id>")
@needs(Capability.VIEW)
def detail(equipment_id: int) -> ResponseReturnValue:
    """A machine's forecast, or that of one `component`, against what really happened."""
    with database().reading() as session:
        found = component_forecast(
            session,
            scope=me().scope,
            equipment_id=equipment_id,
            component=request.args.get("component", ""),
            now=now(),
        )
    plot = survival_plot(found.curve) if found.curve else None
    return render_template("predictions/detail.html", found=found, plot=plot, money=money)


@blueprint.get("/held-back")
@needs(Capability.VIEW)
def held_back() -> ResponseReturnValue:
    """Orders that budget, cooldown, a snooze or a storm held back."""
    return _silences(withheld=False)


@blueprint.get("/withheld")
@needs(Capability.VIEW)
def withheld() -> ResponseReturnValue:
    """Orders that the gate withheld."""
    return _silences(withheld=True)


@blueprint.get("/held-back.csv")
@needs(Capability.VIEW)
def held_back_table() -> ResponseReturnValue:
    """The whole list as a file."""
    return _silences_file(withheld=False)


@blueprint.get("/withheld.csv")
@needs(Capability.VIEW)
def withheld_table() -> ResponseReturnValue:
    """The whole list as a file."""
    return _silences_file(withheld=True)


@blueprint.get("/missed")
@needs(Capability.VIEW)
def missed() -> ResponseReturnValue:
    """Failures without a warning, each with what was known at the time."""
    with database().reading() as session:
        found = record.missed(session, scope=me().scope, now=now(), after=request.args.get("after"))
    return render_template("predictions/missed.html", found=found)


def _silences(*, withheld: bool) -> str:
    with database().reading() as session:
        found = record.silences(
            session,
            scope=me().scope,
            now=now(),
            withheld=withheld,
            after=request.args.get("after"),
        )
    return render_template("predictions/silences.html", found=found, withheld=withheld)


def _silences_file(*, withheld: bool) -> ResponseReturnValue:
    with database().reading() as session:
        found = record.silences(session, scope=me().scope, now=now(), withheld=withheld, limit=None)
    name = "withheld.csv" if withheld else "held-back.csv"
    return csv_file(csv_text(SILENT_COLUMNS, map(_silent, found.rows)), name)


def _filters() -> RankingFilters:
    return RankingFilters(
        site_id=whole(request.args.get("site"), "site"),
        location_id=whole(request.args.get("location"), "location"),
        class_id=whole(request.args.get("class"), "class"),
        component=request.args.get("component", ""),
        rung=request.args.get("rung", ""),
        standing=coded(Standing, "standing"),
        search=request.args.get("search", "").strip(),
    )


def _ranked(row: RiskRow) -> tuple[object, ...]:
    return (
        row.tag,
        row.name,
        row.class_name,
        row.site_name,
        row.as_of,
        row.risk,
        row.risk_hours,
        row.threshold,
        row.expected_loss,
        row.deadline.at,
        row.earliest_at,
        row.mode_name,
        row.rung,
        row.decision.verdict if row.decision else None,
        order_number(row.order_id) if row.order_id else None,
    )


def _silent(row: SilentSpell) -> tuple[object, ...]:
    return (
        row.tag,
        row.class_name,
        row.component,
        row.verdict,
        row.since,
        row.until,
        row.nights,
        row.risk,
        row.highest,
        row.threshold,
        row.became,
        row.failed_at,
        row.reason,
    )
