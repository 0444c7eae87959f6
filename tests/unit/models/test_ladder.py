"""On which rung a machine stands when there is little to stand on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from models.classes import ClassModel
from models.history import Failures, MachineHistory, Outcomes, Services
from models.samples import build_sample
from models.spec import ClassSpec, TypicalLife
from models.training import Trained, train_machine
from models.verdicts import judge
from tests.unit.models.conftest import instants, pump
from tests.unit.models.learned_fleet import SPEC, class_model, histories, learn, task, young

DAY = SPEC.review_steps * SPEC.step_us
ENTERED = replace(SPEC, typical_lives={"bearing": TypicalLife(400.0, 100.0)})


def peaceful(tag: str, days: int = 60) -> MachineHistory:
    history = pump(tag, days, seed=int(tag[-1]))
    return replace(history, failures=Failures(), services=Services(), outcomes=Outcomes())


@cache
def without_failures(spec: str = "plain") -> ClassModel:
    chosen = SPEC if spec == "plain" else ENTERED
    return learn([build_sample(peaceful(f"Q-{k}"), chosen) for k in range(4)], chosen)


def trained(history: MachineHistory, model: ClassModel | None, spec: ClassSpec = SPEC) -> Trained:
    outcome = train_machine(task(history, spec), model)
    assert isinstance(outcome, Trained), outcome
    return outcome


def test_a_new_machine_stands_on_the_lowest_rung_of_an_earned_class():
    outcome = trained(young("P-999"), class_model())

    assert outcome.rung == "not_enough_data"
    assert outcome.reason.startswith("9 of 10 days of its own normal are known; the rest comes by")
    assert outcome.reason.endswith("Until then only its age is told.")


def test_a_new_machine_has_the_age_rule_s_forecast_and_no_better_one():
    forecast = trained(young("P-999"), class_model()).forecast

    assert forecast.rung == "not_enough_data"
    assert {mode.rung for mode in forecast.modes} == {"not_enough_data"}
    assert [driver.group[:4] for driver in forecast.drivers] == ["age:"]
    rule = class_model().groups[0].references["bearing"]
    age = build_sample(young("P-999"), SPEC).labels["bearing"].age[-1:]
    curve = rule.predict_survival(age[:, None])[0]
    assert forecast.modes[0].survival == pytest.approx(tuple(curve))


def test_once_its_normal_is_known_the_class_speaks():
    outcome = trained(pump("P-999", days=11, seed=99), class_model())

    assert outcome.rung in {"class_hazard", "own_level"}


def test_an_exchanged_unit_is_new_again():
    history = histories()[0]
    exchanged = replace(history, restarts=instants(history.until - 5 * DAY))

    outcome = trained(exchanged, class_model())

    assert outcome.rung == "not_enough_data"
    assert outcome.reason.startswith("5 of 10 days")


def test_sparse_readings_do_not_make_a_machine_new_for_ever():
    history = histories()[0]
    few = {
        role: replace(series, at=series.at[11::96], value=series.value[11::96])
        for role, series in history.readings.items()
    }
    spec = replace(SPEC, baseline_steps=60)

    outcome = trained(replace(history, readings=few), class_model(), spec)

    assert outcome.rung != "not_enough_data"


def test_a_class_without_a_failure_is_watched_against_its_own_normal():
    outcome = trained(peaceful("Q-1"), without_failures())

    assert (outcome.rung, outcome.forecast) == ("health", None)
    assert "No failure or confirmed fault of class pump is on record" in outcome.reason
    assert judge({"Q-1": outcome.health}, SPEC)["Q-1"].score is not None


def test_without_a_failure_and_without_a_normal_nothing_can_be_told():
    outcome = trained(young("Q-9"), without_failures())

    assert (outcome.rung, outcome.forecast) == ("not_enough_data", None)
    assert outcome.reason.startswith("9 of 10 days of its own normal are known")
    assert "No failure or confirmed fault" in outcome.reason


def test_a_class_whose_fit_was_lost_still_has_its_health():
    outcome = trained(peaceful("Q-1"), None)

    assert (outcome.rung, outcome.forecast) == ("health", None)
    assert outcome.health is not None


def test_an_entered_life_lifts_a_class_without_a_failure_to_the_age_rule():
    outcome = trained(peaceful("Q-1"), without_failures("entered"), ENTERED)

    assert outcome.rung == "reference"
    assert "from the typical life entered by a planner (bearing)" in outcome.reason
    # Of the seal nothing is known: not even an age rule pretends to.
    assert [mode.mode for mode in outcome.forecast.modes] == ["bearing"]


def test_the_entered_life_is_the_forecast():
    outcome = trained(peaceful("Q-1"), without_failures("entered"), ENTERED)

    mode = outcome.forecast.modes[0]
    # 90 days old in running time at 4 steps a day, 400 steps a life: half have failed soon.
    assert 0 < mode.rul_p50 < 200
    assert mode.risks[28] > mode.risks[4] > 0


def test_an_entered_life_survives_storage():
    manifest, parts = without_failures("entered").to_parts()

    again = ClassModel.from_parts(manifest, parts, {})

    assert again.has_age_rule
    assert not without_failures().has_age_rule
    before = trained(peaceful("Q-1"), without_failures("entered"), ENTERED).forecast
    assert trained(peaceful("Q-1"), again, ENTERED).forecast == before


def test_health_travels_home_from_every_rung():
    outcomes = [
        trained(histories()[0], class_model()),
        trained(young("P-999"), class_model()),
        trained(peaceful("Q-1"), without_failures()),
    ]

    assert all(outcome.health is not None for outcome in outcomes)
