"""A machine's own hazard competes with its class's and says what it cost."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.choices import choose
from models.group_models import Curves
from models.labels import FAILURE
from models.own import OwnHazard, own_hazard
from models.recipes import QUICK
from models.samples import Sample, build_sample
from models.training import Trained, train_machine
from tests.unit.models.conftest import pump
from tests.unit.models.learned_fleet import SPEC, class_model, histories, samples, task

ASKED = replace(SPEC, predictor="own")
# An own hazard is fitted by its class's recipe: the quick one tells the same much sooner.
QUICK_CLASS = replace(
    class_model(), groups=tuple(replace(g, recipe=QUICK.name) for g in class_model().groups)
)
BEARING = QUICK_CLASS.groups[0]


@cache
def old_pump() -> Sample:
    """Two years of one machine: enough failures of its own."""
    return build_sample(pump("P-OLD", 730, seed=3), SPEC)


def events(sample: Sample) -> int:
    label = sample.labels["bearing"]
    return len(np.unique(label.ends_at[label.kind == FAILURE]))


def test_a_few_failures_are_not_enough() -> None:
    said = own_hazard(samples()[0], SPEC, BEARING, None)

    assert isinstance(said, str)
    assert said.endswith("failures of its own; its own hazard needs 10.")


def test_ten_failures_make_a_hazard_that_sees_trouble_coming() -> None:
    sample = old_pump()

    own = own_hazard(sample, SPEC, BEARING, None)

    assert events(sample) >= 10
    assert isinstance(own, OwnHazard)
    assert own.log_score is None
    label = sample.labels["bearing"]
    near = label.at_risk & (label.kind == FAILURE) & (label.duration <= 4)
    far = label.at_risk & (label.duration > 60)
    left = own.hazard.predict_survival(sample.X)[:, 1]
    assert left[near].mean() < left[far].mean() - 0.2


@pytest.mark.parametrize(("told", "is_better"), [(0.5, True), ("own", False)])
def test_it_serves_only_where_it_is_clearly_better(told: float | str, is_better: bool) -> None:
    sample = old_pump()
    width = len(SPEC.edges) + 1
    if told == "own":  # a class that knows the truth cannot be beaten
        label = sample.labels["bearing"]
        ends = np.array([0.0, *SPEC.edges])
        curve = np.where((label.kind[:, None] == FAILURE) & (label.duration[:, None] <= ends), 0, 1)
    else:  # a class that always says the same
        curve = np.tile(np.r_[1.0, np.full(width - 1, told)], (len(sample.at), 1))
    theirs = Curves(
        sample.at, curve.astype(np.float32), curve.astype(np.float32), np.ones(len(sample.at))
    )

    own = own_hazard(sample, SPEC, replace(BEARING, rung="class_hazard"), theirs)

    assert isinstance(own, OwnHazard)
    assert own.is_better is is_better
    assert (own.log_score < own.class_log_score) is is_better


def test_a_night_that_refits_nothing_goes_by_the_last_comparison() -> None:
    sample = old_pump()
    record = {"rows": 90, "log_score": 0.1, "class_log_score": 0.2, "is_better": True}
    serving = replace(BEARING, rung="class_hazard")

    remembered = choose(sample, SPEC, serving, None, record)
    forgotten = choose(sample, SPEC, serving, None, None)

    assert (remembered.rung, forgotten.rung) == ("own_hazard", "class_hazard")
    assert "log score 0.1000 against 0.2000 of its class" in remembered.reason


def test_a_class_may_ask_for_own_predictors_and_sees_their_price() -> None:
    history = pump("P-100", 730, seed=0)

    outcome = train_machine(task(history, ASKED), QUICK_CLASS)

    assert isinstance(outcome, Trained), outcome
    assert outcome.forecast is not None
    assert outcome.rung == "own_hazard"
    assert outcome.reason.startswith("Learned from its own")
    assert "Its class asks for own predictors." in outcome.reason
    for mode in outcome.forecast.modes:
        assert mode.peers["own_hazard"] == pytest.approx(mode.risk)
        assert {"class_hazard", "reference", "limit"} <= set(mode.peers)


def test_a_machine_that_has_too_few_falls_back_to_its_age_and_says_so() -> None:
    spec, history = ASKED, histories()[0].as_of(int(samples()[0].at[40]))

    outcome = train_machine(task(history, spec), QUICK_CLASS)

    assert isinstance(outcome, Trained), outcome
    assert outcome.rung == "reference"
    assert "Own predictors were asked for" in outcome.reason
