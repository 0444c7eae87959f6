"""What is kept of the back-test for the past year: out of fold really, served as it would have
been, one decision a night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from models.backtests import assemble
from models.choices import Choice
from models.class_data import ClassData, prepare
from models.class_fits import run_fit
from models.classes import ClassModel
from models.engines import LokyEngine, SerialEngine
from models.fleet import train_machines
from models.group_models import Tally
from models.history import Failures, MachineHistory, Series
from models.past_forecasts import KEPT_DAYS, PastForecasts, past_forecasts
from models.predictors.base import survival_at
from models.races import Race
from models.recipes import BY_NAME, Contest
from models.samples import build_sample
from models.spec import DAY_US
from models.splits import forward_folds
from models.training import Trained, forecast_sample, train_machine
from tests.unit.models.learned_fleet import SPEC, class_model, histories, samples, task
from tests.unit.models.test_leaks import COMPARED, ONE_MODE, fleet


def past(machines: Iterable[MachineHistory], number: int = 1) -> PastForecasts:
    """The bearing's past forecasts of one pump, by a class that learned of all of them.

    Seeds and the order of rows follow from what a class has seen, so that any other record changes
    every number a little; here they stay, and so must every number that comes before the change.
    """
    samples = tuple(build_sample(machine, ONE_MODE) for machine in machines)
    contests = {"bearing": Contest((BY_NAME[COMPARED[0]],))}
    data = prepare(ONE_MODE, samples, contests=contests)
    model = _fitted(replace(data, samples=samples, prints=("the same",)))
    # What serves is chosen today; here it is the class's curve in any case.
    sample, (of_class,) = samples[number], model.groups
    served = Choice(replace(of_class, rung="class_hazard"), "class_hazard", "", Tally(0, 0, 0), 1.0)
    (group,) = past_forecasts(sample, ONE_MODE, [served], model.curves[sample.tag])
    return group


def _fitted(data: ClassData) -> ClassModel:
    race = Race(data, 0)
    while tasks := race.next_tasks():
        for one in tasks:
            race.take(one, run_fit(one, {data.spec.code: data}))
        race.close_round()
    return assemble(data, [race])


def in_common(*both: PastForecasts) -> Iterator[PastForecasts]:
    """Both at the moments both have: a life that ended elsewhere has other rows at risk."""
    at = np.intersect1d(*(one.at for one in both))
    for one in both:
        here = np.isin(one.at, at)
        yield replace(one, at=one.at[here], survival=one.survival[here])


@cache
def as_it_was() -> PastForecasts:
    return past(fleet())


def last_origin() -> int:
    sample = build_sample(fleet()[1], ONE_MODE)
    first_at = min(int(build_sample(machine, ONE_MODE).at[0]) for machine in fleet())
    return forward_folds(ONE_MODE, first_at, sample.until)[-1].origin


def without_failures_from(machine: MachineHistory, cut: int) -> MachineHistory:
    kept = machine.failures.at < cut
    return replace(
        machine, failures=Failures(machine.failures.at[kept], machine.failures.component[kept])
    )


def with_other_readings_from(machine: MachineHistory, cut: int) -> MachineHistory:
    readings = {
        code: Series(s.at, np.where(s.at >= cut, s.value[::-1] + 3.0, s.value))
        for code, s in machine.readings.items()
    }
    return replace(machine, readings=readings)


def test_what_failed_after_a_fold_s_cut_changes_no_forecast_of_it() -> None:
    cut = last_origin()
    ignorant = [without_failures_from(machine, cut) for machine in fleet()]
    assert any((machine.failures.at >= cut).any() for machine in fleet())

    before, after = in_common(as_it_was(), past(ignorant))

    assert (before.at >= cut).sum() > 20
    assert (before.survival == after.survival).all()


def test_what_sensors_told_after_a_fold_changes_no_forecast_of_it() -> None:
    cut = last_origin()
    changed = [with_other_readings_from(machine, cut) for machine in fleet()]

    before, after = in_common(as_it_was(), past(changed))

    is_earlier = before.at < cut
    is_same = (before.survival == after.survival).all(axis=1)
    assert is_earlier.sum() > 20
    assert is_same[is_earlier].all()
    assert not is_same[before.at > cut].any()


def test_it_sees_failures_coming_on_rows_it_had_not_learned_from() -> None:
    sample = build_sample(fleet()[1], ONE_MODE)
    group, label = as_it_was(), sample.labels["bearing"]
    rows = np.searchsorted(sample.at, group.at)

    risk = 1.0 - group.survival[:, ONE_MODE.edges.index(ONE_MODE.risk_steps)]
    fails = (label.duration[rows] <= ONE_MODE.risk_steps) & (label.kind[rows] == 1)

    assert risk[fails].mean() > 3 * risk[~fails].mean()


def served() -> Trained:
    outcome = train_machine(task(histories()[0]), class_model())
    assert isinstance(outcome, Trained)
    return outcome


def test_every_group_is_kept_as_its_class_would_have_served_it() -> None:
    model = class_model()

    for group in served().past:
        of_class = next(g for g in model.groups if g.group.modes == group.modes)
        curves = model.curves["P-100"][of_class.group.name]
        rows = np.searchsorted(curves.at, group.at)
        level = curves.level[rows] if group.rung == "own_level" else np.ones(len(rows))
        told = curves.hazard[rows].astype(float) ** level[:, None]
        assert group.rung == of_class.rung
        assert (group.at == curves.at[rows]).all()
        if group.survival.shape[1]:
            assert group.survival == pytest.approx(told[:, 1:], abs=1e-7)
            assert survival_at(told, SPEC.edges, SPEC.risk_steps) == pytest.approx(
                group.survival[:, SPEC.edges.index(SPEC.risk_steps)], abs=1e-7
            )


def test_a_class_served_by_its_age_rule_keeps_the_moments_alone() -> None:
    model = class_model()
    by_age = replace(model, groups=tuple(replace(g, rung="reference") for g in model.groups))

    outcome = train_machine(task(histories()[0]), by_age)

    assert [group.survival.shape[1] for group in outcome.past] == [0] * len(outcome.past)
    assert all(len(group.at) for group in outcome.past)


def test_a_night_that_fitted_nothing_keeps_nothing() -> None:
    light = train_machine(task(histories()[0]), class_model(), validate=False)
    loaded = train_machine(task(histories()[0]), replace(class_model(), curves={}))

    assert (light.past, loaded.past) == ((), ())


def test_reviews_closer_than_nights_are_kept_once_a_night_and_for_a_year() -> None:
    sample, model = samples()[0], class_model()
    curves = dict(model.curves[sample.tag])
    (name, one), *_ = curves.items()
    at = np.arange(sample.until - 500 * DAY_US, sample.until, DAY_US // 4)
    at += (SPEC.decision_us - int(at[0])) % DAY_US
    often = replace(sample, at=at)
    many = replace(
        one,
        at=at,
        hazard=np.resize(one.hazard, (len(at), one.hazard.shape[1])),
        level=np.ones(len(at)),
    )
    with threadpool_limits(1):
        _, choices = forecast_sample(sample, SPEC, model)

    (group,) = past_forecasts(often, SPEC, choices, {name: many})

    assert set((group.at - SPEC.decision_us) % DAY_US) == {0}
    assert set(np.diff(group.at)) == {DAY_US}
    assert len(group.at) in (KEPT_DAYS - 1, KEPT_DAYS)


def test_one_worker_and_two_keep_the_same() -> None:
    tasks = [task(history) for history in histories()[:3]]
    models = {SPEC.code: class_model()}

    alone, together = (
        {outcome.tag: outcome.past for outcome in train_machines(tasks, models, engine)}
        for engine in (SerialEngine(), LokyEngine(2))
    )

    assert sorted(alone) == sorted(together) == ["P-100", "P-101", "P-102"]
    for tag, groups in alone.items():
        for one, other in zip(groups, together[tag], strict=True):
            assert (one.modes, one.shares, one.rung) == (other.modes, other.shares, other.rung)
            assert one.at.tobytes() == other.at.tobytes()
            assert one.survival.tobytes() == other.survival.tobytes()
