"""One machine's night: what serves it, why, and that trouble comes home as a value."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.artifacts import pack, unpack
from models.classes import ClassModel
from models.cross_fits import CrossFit
from models.forecasts import RUNGS
from models.group_models import Tally
from models.history import Intervals, MachineHistory
from models.training import Failed, Skipped, Trained, train_machine
from tests.unit.models.conftest import pump
from tests.unit.models.learned_fleet import (
    SPEC,
    class_model,
    histories,
    renamed,
    samples,
    task,
)

KEY = b"k" * 32


def served(index: int = 0, model: ClassModel | None = None) -> Trained:
    outcome = train_machine(task(histories()[index]), model or class_model())
    assert isinstance(outcome, Trained), outcome
    return outcome


def with_groups(**changes: object) -> ClassModel:
    model = class_model()
    return replace(model, groups=tuple(replace(g, **changes) for g in model.groups))


def test_a_forecast_has_every_mode_and_horizon():
    forecast = served().forecast

    assert [mode.mode for mode in forecast.modes] == list(SPEC.modes)
    assert set(forecast.machine.risks) == set(SPEC.horizons)
    assert forecast.as_of == histories()[0].until
    assert forecast.rung in RUNGS
    assert all(0 <= mode.risk <= 1 for mode in forecast.modes)


def test_the_machine_s_risk_is_that_no_mode_strikes():
    forecast = served().forecast

    spared = np.prod([1 - mode.risk for mode in forecast.modes])
    assert forecast.machine.risk == pytest.approx(1 - spared)


def test_a_failing_bearing_is_seen_and_explained():
    worn = next(h for h in histories() if (h.failures.component == "bearing").any())
    failure = int(worn.failures.at[worn.failures.component == "bearing"][-1])
    eve = worn.as_of(failure - SPEC.step_us // 2)

    outcome = train_machine(task(eve), class_model())
    before = train_machine(task(worn.as_of(failure - 6 * SPEC.step_us * 4)), class_model())

    assert outcome.forecast.leading.mode == "bearing"
    assert outcome.forecast.machine.risk > 3 * before.forecast.machine.risk
    drivers = outcome.forecast.drivers
    assert {d.group for d in drivers} & {"role:vibration", "events"}
    assert all(d.risk_if_normal < d.risk for d in drivers)
    assert " %, not " in drivers[0].sentence


def test_a_new_name_changes_no_number():
    model = class_model()
    known = replace(
        model,
        groups=tuple(
            replace(g, hazard=_renamed(g.hazard), tallies={**g.tallies, "Z-1": g.tallies["P-100"]})
            for g in model.groups
        ),
        curves={**model.curves, "Z-1": model.curves["P-100"]},
    )

    one = served()
    other = train_machine(task(renamed(histories()[0], "Z-1")), known)

    assert replace(other.forecast, tag="P-100") == one.forecast
    assert other.metrics == one.metrics


def _renamed(fits: CrossFit | None) -> CrossFit | None:
    if fits is None:
        return None
    sides = (side | ({"Z-1"} if "P-100" in side else set()) for side in fits.blind_to)
    return replace(fits, blind_to=tuple(sides))


def test_metrics_compare_every_rung_on_rows_the_class_never_saw():
    groups = served().metrics["groups"]

    for scores in groups.values():
        assert set(scores["log_score"]) == {"reference", "class_hazard", "own_level"}
    json.dumps(groups, allow_nan=False)


def test_without_validation_there_is_a_forecast_and_no_metrics():
    outcome = train_machine(task(histories()[0]), class_model(), validate=False)

    assert outcome.forecast == served().forecast
    assert outcome.metrics == {"groups": {}}


def test_the_stored_class_gives_the_same_forecast():
    manifest, parts = class_model().to_parts()
    found = unpack(pack(manifest, parts, key=KEY), key=KEY, expect={"kind": "class"})

    again = ClassModel.from_parts(found.manifest, found.arrays, found.blobs)

    assert served(model=again).forecast == served().forecast
    assert again.table() == json.loads(json.dumps(class_model().table()))


def test_the_machine_s_artifact_is_small_and_names_its_class():
    outcome = served()

    blob = pack(outcome.manifest, outcome.parts, key=KEY)

    assert len(blob) < 5_000
    assert unpack(blob, key=KEY).manifest["class_digest"] == class_model().digest


def test_a_count_that_contradicts_the_class_is_a_veto():
    unlucky = with_groups(
        rung="class_hazard",
        strength=1_000.0,
        tallies={"P-100": Tally(12.0, 1.5, class_model().trained_until)},
    )

    outcome = served(model=unlucky)

    assert outcome.rung == "reference"
    assert "12 events against 1.5 expected contradict the class" in outcome.reason


def test_new_rows_bring_the_level_up_to_date():
    history = histories()[0]
    trained_until = history.until - 40 * SPEC.step_us * 4
    stale = with_groups(
        tallies={"P-100": Tally(1.0, 1.0, trained_until)}, rung="own_level", strength=5.0
    )
    new = int((history.failures.at >= trained_until).sum())

    levels = served(model=stale).manifest["levels"].values()

    assert sum(level["observed"] for level in levels) == len(levels) + new
    assert all(level["expected"] > 1.0 for level in levels)


def test_a_class_that_prefers_the_age_rule_is_obeyed():
    outcome = served(model=with_groups(rung="reference", reason="The age rule is better."))

    assert outcome.rung == "reference"
    assert outcome.reason == "The age rule is better."
    assert [d.group[:4] for d in outcome.forecast.drivers] == ["age:"]


def test_a_machine_its_class_never_saw_is_served_and_counts_its_own_rows():
    outcome = train_machine(task(pump("P-999", days=11, seed=99)), class_model())

    levels = outcome.manifest["levels"].values()
    assert outcome.rung in {"class_hazard", "own_level"}
    assert all(level["observed"] == 0 and level["expected"] > 0 for level in levels)
    assert all(0 < level["level"] <= 1 for level in levels)


def test_a_silent_machine_falls_back_to_its_age():
    history = histories()[0]
    silent = replace(
        history,
        readings={
            role: replace(s, at=s.at[:400], value=s.value[:400])
            for role, s in history.readings.items()
        },
    )

    outcome = train_machine(task(silent), with_groups(rung="class_hazard"))

    assert outcome.rung == "reference"
    assert outcome.reason == "No sensor has a reading in 3 days."


def test_a_machine_without_readings_is_skipped():
    outcome = train_machine(task(MachineHistory("P-9", "pump", 10**15)), class_model())

    assert isinstance(outcome, Skipped)
    assert outcome.reason == "P-9 has no readings yet."


def test_a_broken_machine_is_a_value_with_its_traceback():
    history = histories()[0]
    leaky = replace(history, until=history.until - 10**12)

    outcome = train_machine(task(leaky), class_model())

    assert isinstance(outcome, Failed)
    assert "HistoryError" in outcome.reason
    assert outcome.seconds > 0


def test_a_class_of_other_columns_is_refused():
    outcome = train_machine(task(histories()[0]), replace(class_model(), names=("volt",)))

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("Incompatible: class pump was learned with other columns")
    assert "gone volt" in outcome.reason
    assert outcome.reason.endswith("It forecasts again after the next refit.")


def test_seconds_are_measured():
    outcome = served()

    assert outcome.seconds > 0
    assert outcome.cpu_seconds > 0


def test_a_standing_machine_says_since_when():
    history = histories()[0]
    stopped = history.until - 3 * 24 * 3_600_000_000
    first = int(history.readings["vibration"].at[0]) - 1
    standing = replace(
        history, running=Intervals(np.array([first]), np.array([stopped], dtype=np.int64))
    )

    outcome = train_machine(task(standing), class_model())

    assert outcome.forecast.standing_since == stopped
    assert samples()[0].standing_since is None


def test_an_event_code_that_appeared_since_the_fit_does_not_stop_the_forecast():
    machine = histories()[0]
    newer = replace(SPEC, event_codes=("alarm", "brand_new"))

    told = train_machine(task(machine, newer), class_model(), validate=False)

    assert isinstance(told, Trained), told
    assert told.forecast.machine.risk == served().forecast.machine.risk
