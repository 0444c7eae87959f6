"""What a class remembers is told beside a forecast, and survives being stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.classes import ClassModel
from models.memory import COMPARED, Memory, context_of
from models.training import Trained, forecast_sample, train_machine
from tests.unit.models.learned_fleet import SPEC, class_model, histories, samples, task


def memory(model: ClassModel | None = None) -> Memory:
    found = (model or class_model()).memory
    assert found is not None
    return found


def test_failures_of_the_class_are_remembered_as_they_looked_before() -> None:
    past = memory().past

    assert {failure.mode for failure in past.failures} <= {"bearing", "seal"}
    assert len(past.failures) >= 8
    columns = sum(name.statistic in COMPARED for name in samples()[0].names)
    assert past.rows.shape == (len(past.failures), columns)
    assert all(failure.days_before >= SPEC.lead_steps / 4 for failure in past.failures)


def test_a_machine_that_looks_like_one_before_its_failure_is_told_which() -> None:
    past = memory().past
    failure = next(f for f in past.failures if f.mode == "bearing")
    sample = next(s for s in samples() if s.tag == failure.tag)
    row = int(np.searchsorted(sample.at, failure.at - SPEC.lead_steps * SPEC.step_us, "right")) - 1
    then = sample.as_of(int(sample.at[row]))
    forecast, choices = forecast_sample(then, SPEC, class_model())

    told = context_of(then, SPEC, memory(), forecast.leading, choices[0].model.group.name)

    assert told["similar"]["tag"] == failure.tag
    assert told["similar"]["at"] == failure.at
    assert "before its failure of" in told["similar"]["sentence"]


def test_the_times_seen_are_counts_of_what_happened() -> None:
    tables = memory().seen.values()

    rows = [row for table in tables for row in table.rows if row is not None]
    assert rows
    assert all(0 <= row.failed <= row.times and row.times >= 10 for row in rows)


def test_a_row_far_outside_the_training_rows_is_called_that() -> None:
    sample = samples()[0]
    X = sample.X.copy()
    X[-1] += 1000.0
    forecast, choices = forecast_sample(sample, SPEC, class_model())
    group = choices[0].model.group.name

    usual = context_of(sample, SPEC, memory(), forecast.leading, group)
    strange = context_of(replace(sample, X=X), SPEC, memory(), forecast.leading, group)

    assert "drift" not in usual
    assert strange["drift"]["sentence"].startswith("Outside what it learned from: ")


def test_a_stored_class_tells_the_same() -> None:
    manifest, parts = class_model().to_parts()
    arrays = {name: part for name, part in parts.items() if not isinstance(part, bytes)}
    blobs = {name: part for name, part in parts.items() if isinstance(part, bytes)}
    stored = ClassModel.from_parts(manifest, arrays, blobs)

    told = [train_machine(task(histories()[0]), model) for model in (class_model(), stored)]

    assert all(isinstance(outcome, Trained) for outcome in told)
    assert told[0].forecast.context == told[1].forecast.context
    assert told[0].forecast.modes == told[1].forecast.modes
