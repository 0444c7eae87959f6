"""Three passes over an engine: the same answers whatever the order, the workers and the names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.class_data import group_modes, prepare
from models.class_fits import RIVALS, FitTask, run_fit
from models.classes import ClassModel
from models.engines import LokyEngine, Lost, SerialEngine
from models.fleet import fit_classes, sample_machines, train_machines
from models.history import MachineHistory
from models.recipes import BY_NAME, LONG_TRENDS, QUICK, RECIPES, Contest
from models.samples import Sample
from models.training import Failed, Skipped
from tests.unit.models.learned_fleet import (
    SPEC,
    class_model,
    histories,
    learn,
    samples,
    task,
)


def numbers(model: ClassModel) -> list[object]:
    """Everything a class model says of machines by content, not by name."""
    said = [(g.group, g.rung, g.strength, g.metrics, g.gates) for g in model.groups]
    tallies = [sorted((t.observed, t.expected) for t in g.tallies.values()) for g in model.groups]
    return [model.digest, said, tallies]


def shuffled_labels(found: list[Sample], seed: int) -> list[Sample]:
    """The rows of each machine with the labels of another machine at other times."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(found))
    rows = min(len(s.at) for s in found)
    mixed = []
    for sample, other in zip(found, order, strict=True):
        shift = int(random.integers(20, rows - 20))
        X = np.roll(found[other].X[:rows], shift, axis=0)
        # Ages and events belong to the labels' own clock: only the sensors are strangers.
        keep = [k for k, name in enumerate(sample.names) if name.group[:4] == "role"]
        strange = sample.X[:rows].copy()
        strange[:, keep] = X[:, keep]
        strange[:, [k for k in range(X.shape[1]) if k not in keep]] = 0.0
        labels = {
            mode: label.take(np.arange(len(sample.at)) < rows)
            for mode, label in sample.labels.items()
        }
        mixed.append(replace(sample, X=strange, at=sample.at[:rows], labels=labels))
    return mixed


def test_the_class_learns_what_the_sensors_tell():
    for group in class_model().groups:
        at_risk_window = group.metrics["horizons"][str(SPEC.risk_steps)]

        assert group.rung in {"class_hazard", "own_level"}
        assert at_risk_window["hazard"]["log_score"] < at_risk_window["reference"]["log_score"]
        assert at_risk_window["hazard"]["brier_skill"] > 0.2


def test_strangers_labels_teach_nothing():
    model = learn(shuffled_labels(list(samples()), seed=4))

    for group in model.groups:
        scores = group.metrics["horizons"][str(SPEC.risk_steps)]
        assert scores["hazard"]["brier_skill"] < 0.05
        assert scores["hazard"]["average_precision"] < 4 * scores["base_rate"]
        assert all(gate.state != "open" for gate in group.gates.values())


def test_order_and_names_change_nothing():
    strangers = [replace(s, tag=f"Z-{9 - k}") for k, s in enumerate(reversed(samples()))]

    model = learn(strangers)

    assert numbers(model) == numbers(class_model())
    assert model.groups[0].tallies["Z-9"] == class_model().groups[0].tallies["P-107"]


def test_two_workers_forecast_what_one_does():
    tasks = [task(history) for history in histories()]
    models = {"pump": class_model()}

    alone = {o.tag: o.forecast for o in train_machines(tasks, models, SerialEngine())}
    shared = {o.tag: o.forecast for o in train_machines(tasks[::-1], models, LokyEngine(2))}

    assert shared == alone


def test_two_workers_learn_what_one_does():
    one_mode = replace(SPEC, modes=("seal",))
    found = [replace(s, labels={"seal": s.labels["seal"]}) for s in samples()[:5]]
    found = [s.as_of(s.until - 30 * 86_400_000_000) for s in found]
    specs = {"pump": one_mode}

    two = {"pump": {"seal": Contest((QUICK, LONG_TRENDS))}}
    ((_, alone),) = fit_classes({"pump": found}, specs, SerialEngine(), contests=two)
    ((_, shared),) = fit_classes({"pump": found}, specs, LokyEngine(2), contests=two)

    assert numbers(shared) == numbers(alone)


def test_samples_stream_and_the_unread_are_skipped():
    tasks = [task(histories()[0]), task(MachineHistory("P-9", "pump", 10**15))]

    found = {o.tag: o for o in sample_machines(tasks, SerialEngine())}

    assert isinstance(found["P-100"], Sample)
    assert isinstance(found["P-9"], Skipped)


def test_a_broken_machine_stops_no_other():
    history = histories()[0]
    leaky = replace(history, tag="P-0", until=history.until - 10**12)

    sampled = {o.tag: o for o in sample_machines([task(leaky), task(history)], SerialEngine())}
    trained = {
        o.tag: o
        for o in train_machines(
            [task(leaky), task(history)], {"pump": class_model()}, SerialEngine()
        )
    }

    assert isinstance(sampled["P-0"], Failed)
    assert isinstance(trained["P-0"], Failed)
    assert trained["P-100"].forecast is not None


def test_a_class_whose_fit_is_lost_yields_the_loss():
    broken = replace(samples()[0], X=samples()[0].X[:, :3])

    ((code, model),) = fit_classes(
        {"pump": [broken, *samples()[1:]]}, {"pump": SPEC}, SerialEngine()
    )

    assert code == "pump"
    assert isinstance(model, Lost)


def test_progress_counts_every_fit():
    seen: list[tuple[int, int]] = []
    found = [s.as_of(s.until - 100 * 86_400_000_000) for s in samples()[:2]]

    list(fit_classes({"pump": found}, {"pump": SPEC}, SerialEngine(), lambda *n: seen.append(n)))

    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))


def test_rare_modes_share_one_hazard_by_frequency():
    groups = group_modes({"bearing": 20, "seal": 3, "motor": 0})

    assert [group.name for group in groups] == ["bearing", "pooled"]
    assert groups[1].shares == (3.5 / 4, 0.5 / 4)
    assert groups[0].certain
    assert not groups[1].certain


def test_a_class_below_eight_events_stays_at_the_age_rule():
    few = list(samples()[:1])
    known = sum(sum(g.events) for g in prepare(SPEC, few).groups)

    model = learn(few)

    assert known < 8
    assert {group.rung for group in model.groups} == {"reference"}
    assert all(gate.state == "unproven" for gate in model.gates.values())
    assert "a hazard needs 8" in model.groups[0].reason


def test_a_young_class_has_no_back_test_and_says_so():
    start = samples()[0].at[0]
    young = [s.as_of(int(start) + 8 * 86_400_000_000) for s in samples()]

    model = learn(young)

    assert model.groups[0].metrics["rows"] == 0
    assert all(gate.state == "unproven" for gate in model.gates.values())


def test_a_fold_learns_nothing_that_came_after_it():
    cut = prepare(SPEC, samples()).folds[1]
    everything = prepare(SPEC, samples())
    past = replace(everything, samples=tuple(s.as_of(cut.test_until) for s in everything.samples))

    for recipe in (RIVALS, RECIPES[0].name):
        task = FitTask("pump", 0, 1, recipe, 1.0)
        whole, short = (run_fit(task, {"pump": data}) for data in (everything, past))
        assert short.curves
        for name, curve in short.curves.items():
            assert len(curve) > 0
            assert np.array_equal(np.unique(curve, axis=0), np.unique(whole.curves[name], axis=0))


def test_a_quick_refit_has_one_origin_the_same_predictor_and_an_honest_gate():
    found, specs = {"pump": samples()}, {"pump": SPEC}
    fits: list[tuple[int, int]] = []

    full = {g.group.name: BY_NAME[g.recipe] for g in class_model().groups}
    contests = {"pump": {name: Contest((), recipe) for name, recipe in full.items()}}
    stream = fit_classes(
        found, specs, SerialEngine(), lambda *n: fits.append(n), folds=1, contests=contests
    )
    ((_, quick),) = stream

    # Rivals: one fold and the end. Recipe, or each of those it is the mean of: one fold, two finals
    assert len(fits) == sum(2 + 3 * max(len(recipe.of), 1) for recipe in full.values())
    for light, full in zip(quick.groups, class_model().groups, strict=True):
        assert 0 < light.metrics["rows"] < full.metrics["rows"]
        at = samples()[0].X
        np.testing.assert_array_equal(
            light.hazard.predict_survival(at), full.hazard.predict_survival(at)
        )
    few = [gate for gate in quick.gates.values() if gate.events < 8]
    assert few
    assert all("that a proof needs fell into the tested time" in gate.sentence for gate in few)
