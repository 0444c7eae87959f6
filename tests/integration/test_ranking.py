"""The fleet in order: by risk, expected loss and must-start-by, narrowed and paged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.db.equipment import Component, OrderRuleRow
from app.db.places import Location
from app.db.predictions import Decision, Forecast
from app.domain.deadlines import Certainty
from app.domain.errors import InvalidInput, NotFound
from app.domain.risk import Verdict
from app.domain.roles import EVERYWHERE, Scope
from app.queries.component_forecast import component_forecast
from app.queries.fleet import order_rule
from app.queries.predictions import RankBy, RankingFilters, RiskRow, Standing, ranking
from app.queries.ranking_choices import ranking_choices
from app.queries.rules_in_force import RuleBook
from tests.plant import Plant
from tests.statements import statements

DAY = timedelta(days=1)
Rank = Callable[..., list[RiskRow]]


@pytest.fixture
def rank(make: Plant) -> Rank:
    """The rows of one question."""

    def asked(by: RankBy = RankBy.RISK, **narrowed: object) -> list[RiskRow]:
        with make.database.reading() as session:
            filters = RankingFilters(**narrowed)  # type: ignore[arg-type]
            found = ranking(session, scope=EVERYWHERE, now=make.now, filters=filters, by=by)
        return list(found.rows)

    return asked


def told(make: Plant, tag: str, risk: float, **more: object) -> int:
    """A machine with a forecast of its whole and of its bearing; returns its id."""
    machine = make.equipment(tag, **more)
    make.forecast(machine, mode="any", risk=risk)
    make.forecast(machine, mode="bearing", risk=risk)
    return machine.id


def rule(make: Plant, equipment_id: int | None = None, **terms: object) -> None:
    class_id = make.equipment_class().id
    with make.database.transaction() as session:
        session.add(
            OrderRuleRow(
                equipment_class_id=class_id,
                equipment_id=equipment_id,
                effective_at=make.now - DAY,
                weekly_budget=3,
                **terms,
            )
        )


def tags(rows: list[RiskRow]) -> list[str]:
    return [row.tag for row in rows]


# --- the order


def test_a_machine_with_a_dear_breakdown_comes_before_a_riskier_one(
    make: Plant, rank: Rank
) -> None:
    dear = told(make, "P-101", 0.2)
    told(make, "P-102", 0.5)
    rule(make, dear, unplanned_cost=105.0)

    rows = rank(RankBy.LOSS)

    # risk x 0.8 x (unplanned - planned): 0.2 x 0.8 x 100 and 0.5 x 0.8 x 20.
    assert [(row.tag, row.expected_loss) for row in rows] == [
        ("P-101", pytest.approx(16.0)),
        ("P-102", pytest.approx(8.0)),
    ]
    assert tags(rank(RankBy.RISK)) == ["P-102", "P-101"]


def test_who_must_start_first_stands_first_and_who_has_no_date_last(
    make: Plant, rank: Rank
) -> None:
    late, soon, unsure = (told(make, f"P-10{n}", 0.4) for n in (1, 2, 3))
    with make.database.transaction() as session:
        for machine, lower, by_age in (
            (late, 300.0, 0.05),
            (soon, 150.0, 0.05),
            (unsure, 1.0, 0.9),
        ):
            session.execute(
                sa.update(Forecast)
                .where(Forecast.equipment_id == machine)
                .values(rul_p10_hours=lower, rul_p50_hours=lower + 50, peers={"reference": by_age})
            )
        session.execute(
            sa.update(Component)
            .where(Component.code == "bearing")
            .values(job_hours=6.0, part_lead_hours=24.0)
        )

    rows = rank(RankBy.START_BY)

    assert tags(rows) == ["P-102", "P-101", "P-103"]
    assert rows[0].deadline.at == make.now + timedelta(hours=150 - 6 - 24)
    assert rows[2].deadline.certainty is Certainty.UNSURE


@pytest.mark.parametrize("by", list(RankBy))
def test_pages_of_any_order_lose_and_repeat_no_machine(make: Plant, by: RankBy) -> None:
    wanted = [f"P-{n}" for n in range(101, 108)]
    for tag in wanted:
        told(make, tag, 0.25)

    found: list[str] = []
    after = None
    with make.database.reading() as session:
        for _ in range(4):
            page = ranking(session, scope=EVERYWHERE, now=make.now, by=by, after=after, limit=2)
            found += tags(list(page.rows))
            after = page.after

    assert sorted(found) == wanted
    assert after is None


def test_a_key_made_up_by_hand_is_refused(make: Plant) -> None:
    with make.database.reading() as session, pytest.raises(InvalidInput):
        ranking(session, scope=EVERYWHERE, now=make.now, after="W10")


# --- what it is narrowed to


def test_a_line_stands_for_everything_inside_it(make: Plant, rank: Rank) -> None:
    site_id = make.site().id
    with make.database.transaction() as session:
        line = Location(site_id=site_id, code="L1", name="Line 1")
        session.add(line)
        session.flush()
        cell = Location(site_id=site_id, parent_id=line.id, code="C1", name="Cell 1")
        session.add(cell)
        session.flush()
        line_id, cell_id = line.id, cell.id
    told(make, "P-101", 0.1, location_id=cell_id)
    told(make, "P-102", 0.2)

    assert tags(rank(location_id=line_id)) == ["P-101"]


def test_a_component_ranks_by_its_own_forecasts(make: Plant, rank: Rank) -> None:
    for tag, seal in (("P-101", 0.3), ("P-102", 0.1)):
        machine = make.equipment(tag)
        make.forecast(machine, mode="any", risk=0.5)
        make.forecast(machine, mode="bearing", risk=0.4)
        make.forecast(machine, mode="seal", risk=seal)

    rows = rank(component="seal")

    assert [(row.tag, row.risk, row.mode_name) for row in rows] == [
        ("P-101", 0.3, "Seal"),
        ("P-102", 0.1, "Seal"),
    ]


def test_what_the_night_made_of_a_machine_narrows_the_ranking(make: Plant, rank: Rank) -> None:
    ordered = make.equipment("P-101")
    make.forecast(ordered, mode="any", risk=0.5)
    make.predicted_order(ordered)
    for tag, verdict in (("P-102", Verdict.HELD_BUDGET), ("P-103", Verdict.WITHHELD)):
        told(make, tag, 0.4)
        decide(make, tag, verdict)
    told(make, "P-104", 0.01)

    assert tags(rank(standing=Standing.ORDERED)) == ["P-101"]
    assert tags(rank(standing=Standing.HELD_BACK)) == ["P-102"]
    assert tags(rank(standing=Standing.WITHHELD)) == ["P-103"]
    assert tags(rank(standing=Standing.OVER)) == ["P-101", "P-102", "P-103"]


def test_class_rung_site_and_text_narrow_the_ranking(make: Plant, rank: Rank) -> None:
    told(make, "P-101", 0.3)
    fan = make.equipment("F-201", class_code="fan")
    make.forecast(fan, mode="any", risk=0.2)
    make.forecast(make.equipment("P-301", site="south"), mode="any", risk=0.1)

    assert tags(rank(class_id=fan.equipment_class_id)) == ["F-201"]
    assert tags(rank(site_id=make.site("south").id)) == ["P-301"]
    assert tags(rank(search="f-2")) == ["F-201"]
    assert tags(rank(rung="age")) == ["P-101", "F-201", "P-301"]
    assert rank(rung="own_level") == []


def test_the_form_offers_only_what_is_in_sight(make: Plant) -> None:
    make.equipment("P-101", site="north")
    make.equipment("F-201", site="south", class_code="fan")
    scope = Scope(frozenset({make.site("south").id}))

    with make.database.reading() as session:
        given = ranking_choices(session, scope=scope)

    assert [choice.name for choice in given.sites] == ["South"]
    assert [choice.name for choice in given.classes] == ["Fan"]
    assert given.components == (("bearing", "Bearing"), ("seal", "Seal"))


# --- how often it asks


@pytest.mark.parametrize("by", list(RankBy))
def test_a_larger_fleet_is_not_asked_about_more_often(make: Plant, by: RankBy) -> None:
    def asked() -> int:
        with make.database.reading() as session, statements(make.database) as sent:
            ranking(session, scope=EVERYWHERE, now=make.now, by=by)
        return len(sent)

    told(make, "P-101", 0.4)
    alone = asked()
    for n in range(102, 112):
        told(make, f"P-{n}", 0.4)
        rule(make, make.equipment(f"P-{n}").id, unplanned_cost=float(n))

    assert asked() == alone <= 12


# --- rules of many machines


def test_a_machines_own_rule_goes_before_its_classs_from_its_date_until_given_up(
    make: Plant,
) -> None:
    own, ended, plain = (make.equipment(f"P-10{n}") for n in (1, 2, 3))
    rule(make, inspection_cost=2.0)
    rule(make, own.id, inspection_cost=3.0)
    rule(make, ended.id, inspection_cost=4.0)
    rule(make, ended.id, inspection_cost=5.0, follows_class=True)
    moments = (make.now - 9 * DAY, make.now - DAY, make.now)

    with make.database.reading() as session:
        book = RuleBook(session, {m.id: m.equipment_class_id for m in (own, ended, plain)})
        costs = {
            machine.tag: [book.at(machine.id, moment).inspection_cost for moment in moments]
            for machine in (own, ended, plain)
        }

    assert costs == {"P-101": [2.0, 3.0, 3.0], "P-102": [2.0] * 3, "P-103": [2.0] * 3}


def test_the_rules_of_a_class_in_the_book_are_those_asked_for_alone(make: Plant) -> None:
    plain = make.equipment()
    rule(make, inspection_cost=2.0)

    with make.database.reading() as session:
        book = RuleBook(session, {plain.id: plain.equipment_class_id})
        for moment in (make.now - 9 * DAY, make.now):
            alone = order_rule(session, class_id=plain.equipment_class_id, at=moment)
            assert book.at(plain.id, moment) == alone


# --- one machine's forecast


def test_a_component_has_its_own_forecast_and_the_machine_the_choice_of_them(make: Plant) -> None:
    machine = make.equipment()
    for mode, risk in (("any", 0.5), ("bearing", 0.4), ("seal", 0.1)):
        make.forecast(machine, mode=mode, risk=risk)

    with make.database.reading() as session:
        asked = {"scope": EVERYWHERE, "equipment_id": machine.id, "now": make.now}
        whole = component_forecast(session, component="", **asked)
        seal = component_forecast(session, component="seal", **asked)

    assert [(part.code, part.risk) for part in whole.components] == [
        ("bearing", 0.4),
        ("seal", 0.1),
    ]
    assert (whole.risk, seal.risk, seal.component_name) == (0.5, 0.1, "Seal")
    assert seal.curve is not None
    assert seal.curve.survival == pytest.approx((1.0, 0.975, 0.9, 0.85))


def test_a_component_the_class_does_not_have_is_not_there(make: Plant) -> None:
    machine = make.equipment()
    with make.database.reading() as session, pytest.raises(NotFound):
        component_forecast(
            session, scope=EVERYWHERE, equipment_id=machine.id, component="wing", now=make.now
        )


def decide(make: Plant, tag: str, verdict: Verdict) -> None:
    forecast = make.forecast(make.equipment(tag), mode="bearing", risk=0.4)
    with make.database.transaction() as session:
        session.add(
            Decision(
                run_id=forecast.run_id,
                equipment_id=forecast.equipment_id,
                mode=forecast.mode,
                forecast_id=forecast.id,
                verdict=verdict,
                risk=forecast.risk,
                threshold=0.0625,
                reason="because",
            )
        )
