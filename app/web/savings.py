"""What predictions save: a calculator for one's own numbers, and the plant's record in money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.domain.savings import Span, Swing
from app.inputs.savings import AssumeSavings, CalculateSaving
from app.queries import savings as questions
from app.services import savings as deeds
from app.web.access import needs
from app.web.auth import me
from app.web.downloads import csv_file
from app.web.filters import count, figure
from app.web.forms import form_data, notice, redrawn_by, seen_version, wants_fragment
from app.web.ledger_csv import ledger_csv
from app.web.local_time import today
from app.web.words.savings import FIELDS, GROUPS, ORIGINS, TERMS, UNITS

blueprint = Blueprint("savings", __name__, url_prefix="/savings")
CHART_WIDTH = 100.0
WHOLE = frozenset({"machines"})
FIGURES = 3
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the tornado chart, in hundredths of its width; `middle` is the likely saving."""

    swing: Swing
    start: float
    middle: float
    end: float


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """The page; the answer alone for htmx. Every number is in the address."""
    typed = {name: text.strip() for name, text in request.args.items() if name in FIELDS}
    with database().reading() as session:
        page = questions.savings_page(
            session, scope=me().scope, now=now(), today=today(), typed=typed
        )
    # A fragment is always taken in; a whole page that was refused says so in its status.
    status = 422 if page.refused and not wants_fragment() else 200
    return _draw(page, typed), status


@blueprint.get("/ledger.csv")
@needs(Capability.VIEW)
def ledger_table() -> ResponseReturnValue:
    """Every line of the ledger as a file."""
    return csv_file(ledger_csv(_plants_own().ledger), "savings-ledger.csv")


@blueprint.get("/assumptions")
@needs(Capability.VIEW)
def assumptions() -> ResponseReturnValue:
    """What the ledger assumes, and who changed it when and why."""
    return assumptions_page()


def assumptions_page(
    given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The history with the form, as it is in force or with what was typed."""
    book = _plants_own().book
    shown = _as_entered(book) if given is None else given
    return render_template(
        "savings/assumptions.html",
        book=book,
        in_force=book.entry(now()),
        terms=book.at(now()),
        given=shown,
        errors=errors or {},
        version=max((entry.id for entry in book.entries), default=""),
        money=money,
    )


@blueprint.post("/assumptions")
@needs(Capability.PLAN)
@redrawn_by(assumptions_page)
def assume() -> ResponseReturnValue:
    """Assume something else from a moment on."""
    given = AssumeSavings.parse(form_data(moments=("effective_at",)))
    with database().transaction() as session:
        deeds.assume(session, given=given, expected_id=seen_version(), now=now(), by=me())
    notice(_("Assumptions saved. What was priced before stays as it was."))
    return redirect(url_for(".assumptions"), 303)


def bars(swings: tuple[Swing, ...], year: Span) -> list[Bar]:
    """The swings on one common scale."""
    least = min([year.likely, *(swing.low for swing in swings)])
    most = max([year.likely, *(swing.high for swing in swings)])
    width = most - least or 1.0

    def place(value: float) -> float:
        return round(CHART_WIDTH * (value - least) / width, 2)

    return [Bar(swing, place(swing.low), place(year.likely), place(swing.high)) for swing in swings]


def amount(term: str, value: float) -> str:
    """The value of a term as its field shows it: 60 %, 8 h, 4 500."""
    unit = UNITS.get(term, "")
    shown = value * 100 if unit == "%" else value
    return f"{figure(shown, 0 if shown >= 100 else 2)} {unit}".rstrip()


def money(value: float) -> str:
    """An amount as one would say it: three figures are as much as such a sum is good for."""
    if value == 0:
        return "0"
    places = FIGURES - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, min(places, 2))
    shown = figure(abs(rounded), 0 if abs(rounded) >= 100 else 2)
    return f"{MINUS if rounded < 0 else ''}{shown}"


def _plants_own() -> questions.SavingsPage:
    with database().reading() as session:
        return questions.savings_page(session, scope=me().scope, now=now(), today=today(), typed={})


def _as_entered(book: questions.AssumptionBook) -> dict[str, str]:
    """The figures in force as the form's fields show them; blank where nobody entered one."""
    entry = book.entry(now())
    if entry is None:
        return {}
    share = entry.life_given_up_share
    figures = {
        "system_cost_per_year": entry.system_cost_per_year,
        "set_up_cost": entry.set_up_cost,
        "life_given_up_percent": None if share is None else round(100 * share, 6),
    }
    return {name: _typed(value) for name, value in figures.items() if value is not None}


def _draw(page: questions.SavingsPage, typed: Mapping[str, str]) -> str:
    own = {number.name: _typed(number.value) for number in page.numbers}
    return render_template(
        f"savings/{'_result' if wants_fragment() else 'index'}.html",
        page=page,
        numbers={number.name: number for number in page.numbers},
        own=own,
        given={**own, **typed},
        errors={name: _range(name) for name in FIELDS if name in page.refused},
        bounds={name: CalculateSaving.bounds(name) for name in FIELDS},
        bars=bars(page.swings, page.year),
        amount=amount,
        money=money,
        groups=GROUPS,
        fields=FIELDS,
        origins=ORIGINS,
        terms=TERMS,
        from_ledger={name: _typed(value) for name, value in page.from_ledger.items()},
    )


def _range(name: str) -> str:
    least, most = CalculateSaving.bounds(name)
    if name in WHOLE:
        return _("A whole number from %(least)s to %(most)s.", least=count(least), most=count(most))
    return _("A number from %(least)s to %(most)s.", least=count(least), most=count(most))


def _typed(value: float) -> str:
    """A number as a field takes it: whole numbers without a point."""
    return str(int(value)) if float(value).is_integer() else repr(value)
