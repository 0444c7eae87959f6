"""The model card: as issued and back-test, apart; counts where there are few failures."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from app.db.predictions import Forecast, ForecastScore
from app.db.work_orders import Finding
from app.domain.errors import NotFound
from app.domain.roles import EVERYWHERE, Scope
from app.domain.work_orders import Outcome
from app.queries.model_card import ModelCard, machine_card
from tests.judged import DIGEST, judged_machine
from tests.plant import Plant


def test_a_machine_without_a_night_has_a_card_that_claims_nothing(make: Plant) -> None:
    card = _card(make, make.equipment().id)

    assert (card.rung, card.back_test, card.trained) == (None, None, None)
    assert (card.as_issued.machine.rows, card.as_issued.machine.scores) == (0, ())


def test_another_sites_machine_has_no_card(make: Plant) -> None:
    machine = make.equipment()
    elsewhere = Scope(frozenset({make.site("south").id}))

    with make.database.reading() as session, pytest.raises(NotFound):
        machine_card(session, scope=elsewhere, equipment_id=machine.id, now=make.now)


def test_judged_forecasts_are_scored_beside_their_peers_on_the_same_rows(make: Plant) -> None:
    found = _card(make, judged_machine(make).id).as_issued.machine

    served, age, limit = found.scores
    assert (found.rows, found.failed_rows, found.failures) == (40, 2, 2)
    assert found.expected_rows == pytest.approx(2 * 0.8 + 38 * 0.1)
    assert served.log_score == pytest.approx(-(2 * math.log(0.8) + 38 * math.log(0.9)) / 40)
    assert age.log_score == pytest.approx(-(2 * math.log(0.25) + 38 * math.log(0.75)) / 40)
    assert age.served_log_score == served.log_score
    assert [line.forecaster for line in found.scores] == ["served", "reference", "limit"]
    assert limit.brier == pytest.approx((2 * 0.49 + 38 * 0.09) / 40)


def test_below_ten_failures_there_are_counts_and_no_shares(make: Plant) -> None:
    found = _card(make, judged_machine(make, failures=9).id).as_issued.machine

    assert found.is_counted
    assert found.calibration is None
    assert {line.average_precision for line in found.scores} == {None}


def test_from_ten_failures_on_there_are_shares(make: Plant) -> None:
    found = _card(make, judged_machine(make, failures=10).id).as_issued.machine

    assert not found.is_counted
    assert found.calibration == pytest.approx(10 / (10 * 0.8 + 30 * 0.1))
    assert found.scores[0].average_precision == pytest.approx(1.0)
    assert [(each.rows, each.failed) for each in found.reliability] == [(30, 0), (10, 10)]


def test_nights_that_overlap_speak_of_one_failure(make: Plant) -> None:
    machine = judged_machine(make, failures=1)
    first = make.all(ForecastScore)[0]
    _again(make, first, first.as_of + timedelta(days=1))

    found = _card(make, machine.id).as_issued

    assert (found.machine.failed_rows, found.machine.failures) == (2, 1)
    assert (found.by_mode["any"].failed_rows, found.by_mode["any"].failures) == (2, 1)
    assert found.by_mode["any"].brier == pytest.approx(found.machine.scores[0].brier)


def test_late_nights_are_not_as_issued_and_old_ones_are_over(make: Plant) -> None:
    machine = judged_machine(make)
    with make.database.transaction() as session:
        late, old, *_ = session.query(ForecastScore).order_by(ForecastScore.id)
        late.is_punctual = False
        old.as_of = make.now - timedelta(days=366)

    assert _card(make, machine.id).as_issued.machine.rows == 38


def test_what_could_not_be_judged_is_counted_apart(make: Plant) -> None:
    machine = judged_machine(make)
    with make.database.transaction() as session:
        session.query(ForecastScore).order_by(ForecastScore.id.desc()).first().has_failed = None

    found = _card(make, machine.id).as_issued.machine

    assert (found.rows, found.unjudged) == (39, 1)


def test_a_confirmed_fault_stands_beside_the_failures(make: Plant) -> None:
    machine = judged_machine(make)
    order = make.predicted_order(machine, mode="bearing")
    at = make.now - timedelta(days=200)
    with make.database.transaction() as session:
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=machine.id,
                at=at,
                outcome=Outcome.FAULT_AS_PREDICTED,
                recorded_at=at,
            )
        )

    found = _card(make, machine.id).as_issued.machine

    assert (found.failures, found.confirmed) == (2, 1)


def test_the_class_in_sight_is_judged_together(make: Plant) -> None:
    judged_machine(make)
    sister = make.equipment("P-102")

    found = _card(make, sister.id).as_issued

    assert (found.machine.rows, found.of_class.rows) == (0, 40)


def test_how_it_was_learned_is_told(make: Plant) -> None:
    card = _card(make, judged_machine(make).id)
    assert card.back_test is not None
    assert card.trained is not None
    (mode,) = card.back_test.modes

    assert [line.recipe for line in mode.tried] == ["trends, slow", "everything, quick"]
    assert mode.folds[0].log_scores == {"hazard": 0.1, "reference": 0.2, "limit": None}
    assert (mode.folds[0].rows, mode.folds[0].events) == (100, 3)
    assert mode.blend == "The learned hazard speaks alone."
    assert mode.coverage is not None
    assert mode.coverage.share == 0.81
    assert mode.penalty is not None
    assert (mode.penalty.own, mode.penalty.of_class) == (0.102, 0.021)
    assert [(view.recipe, view.role.value) for view in mode.recipes] == [
        ("trends, slow", "champion")
    ]
    assert mode.test is not None
    assert (mode.test.observed_over_expected, mode.test.reliability[0].failed) == (1.1, 40)
    assert (card.trained.failures_own, card.trained.failures_class) == (2, 2)
    assert card.trained.features == ("Vibration: mean of 24 h", "Age")
    assert card.trained.class_artifact == DIGEST
    assert len(card.notes) == 2


@pytest.mark.parametrize(
    "metrics", [{}, {"modes": [], "machines": 0}, {"modes": [{"mode": "any", "events": 0}]}]
)
def test_a_version_from_before_all_this_is_read(make: Plant, metrics: object) -> None:
    card = _card(make, judged_machine(make, metrics=metrics).id)

    assert card.trained is not None
    assert card.trained.features == ()
    assert card.back_test is not None
    assert all(mode.coverage is None and mode.test is None for mode in card.back_test.modes)


def _card(make: Plant, equipment_id: int) -> ModelCard:
    with make.database.reading() as session:
        return machine_card(session, scope=EVERYWHERE, equipment_id=equipment_id, now=make.now)


def _again(make: Plant, like: ForecastScore, as_of: object) -> None:
    """The same forecast once more, a night later."""
    forecast = make.get(Forecast, like.forecast_id)
    run = make.run(on=as_of.date(), as_of=as_of)  # type: ignore[attr-defined]
    told = make.forecast(make.equipment("P-101"), mode="any", risk=forecast.risk, run=run)
    with make.database.transaction() as session:
        session.add(
            ForecastScore(
                forecast_id=told.id,
                equipment_id=like.equipment_id,
                mode=like.mode,
                as_of=as_of,
                hours=like.hours,
                risk=like.risk,
                has_failed=like.has_failed,
                is_punctual=True,
                run_id=like.run_id,
                scored_at=like.scored_at,
            )
        )
