"""Machines a class was not taught, on eight pumps that fail after their vibration rose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.measuring.class_forecasts import HAZARD, forecasts, left_out_forecasts
from benchmarks.measuring.class_stage import (
    NOBODY,
    Learned,
    Machines,
    fit_gapped,
    threshold,
)
from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.left_out import by_attribute, dealt
from benchmarks.measuring.record import Record
from models import ClassModel, Contest, fit_classes
from models.class_data import prepare
from models.engines import SerialEngine
from models.group_models import GroupModel
from models.recipes import BY_NAME
from tests.unit.models.learned_fleet import SPEC, samples

ORIGIN_ROW = 135
PARTS = 4


def origin() -> int:
    return int(samples()[0].at[ORIGIN_ROW])


@cache
def learned() -> Learned:
    """One recipe instead of the race between them: which one wins does not matter here."""
    known = pumps().as_of(origin())
    contest = {mode: Contest((BY_NAME["everything, quick"],)) for mode in SPEC.modes}
    ((_, model),) = fit_classes(
        {SPEC.code: known}, {SPEC.code: SPEC}, SerialEngine(), contests={SPEC.code: contest}
    )
    assert isinstance(model, ClassModel)
    return Learned(pumps(), origin(), known, model, prepare(SPEC, known))


@cache
def fitted() -> list[list[GroupModel]]:
    """The class with every machine, then without each part of them."""
    return fit_gapped(learned(), [NOBODY, *dealt(learned(), PARTS)], SerialEngine())


def pumps() -> Fleet:
    """The pumps as a fleet; whether they fail within a day or a week is told by their labels."""
    at, until = samples()[0].at, max(sample.until for sample in samples())
    day, week = (
        np.array([[_fails(s.labels[mode], days) for mode in SPEC.modes] for s in samples()])
        for days in (1, 7)
    )
    record = Record((), (), (), (), until)
    return Fleet(SPEC, samples(), at, until, day, week, record, tuple(range(len(samples()))))


def _fails(label, days: int) -> np.ndarray:
    return (label.kind > 0) & (label.duration <= days * SPEC.steps_per_day)


def test_every_machine_is_dealt_into_one_part() -> None:
    parts = dealt(learned(), 3)

    tags = [tag for part in parts for tag in part]
    assert sorted(tags) == sorted(sample.tag for sample in samples())
    assert sorted(map(len, parts)) == [2, 3, 3]


def test_no_name_decides_who_is_dealt_where() -> None:
    first = dealt(learned(), 3)
    renamed = {s.tag: f"Z-{99 - k}" for k, s in enumerate(samples())}
    data = learned().data
    again = tuple(replace(sample, tag=renamed[sample.tag]) for sample in data.samples)

    parts = dealt(replace(learned(), data=replace(data, samples=again)), 3)

    assert parts == [frozenset(renamed[tag] for tag in part) for part in first]


def test_machines_are_parted_by_an_attribute() -> None:
    parts = by_attribute(pumps(), "make")

    assert list(parts) == sorted(parts)
    for make, tags in parts.items():
        assert tags == {s.tag for s in samples() if s.attributes["make"] == make}


def test_what_a_machine_left_out_says_teaches_nobody() -> None:
    stranger = dealt(learned(), PARTS)[0]

    knows, ignores = fit_gapped(_poisoned(stranger), [NOBODY, stranger], SerialEngine())

    assert not np.array_equal(_curves(knows), _curves(fitted()[0]))
    np.testing.assert_array_equal(_curves(ignores), _curves(fitted()[1]))


def _poisoned(tags: Machines) -> Learned:
    """Machines with other readings, under the same fingerprints: these only make the seeds."""
    data = learned().data
    other = tuple(
        replace(s, X=np.roll(s.X, 20, axis=0)) if s.tag in tags else s for s in data.samples
    )
    return replace(learned(), data=replace(data, samples=other))


def _curves(groups: Sequence[GroupModel]) -> np.ndarray:
    return np.array([group.survival(samples()[0].X) for group in groups])


def test_each_machine_is_foretold_by_the_class_that_was_not_taught_it() -> None:
    parts = dealt(learned(), PARTS)

    told = left_out_forecasts(learned(), parts, fitted()[1:])

    for part, groups in zip(parts, fitted()[1:], strict=True):
        places = [k for k, sample in enumerate(samples()) if sample.tag in part]
        alone = forecasts(learned(), groups).foretold[HAZARD].take(places)
        np.testing.assert_array_equal(told.take(places).day, alone.day)
        np.testing.assert_array_equal(told.take(places).week, alone.week)
        assert (told.take(places).threshold == threshold(learned(), HAZARD, part)).all()


def test_the_others_alone_fix_the_threshold() -> None:
    everybody = frozenset(sample.tag for sample in samples())
    one = samples()[0].tag
    taught = learned()
    only = replace(taught, fleet=replace(taught.fleet, samples=samples()[:1]))

    assert threshold(taught, HAZARD, everybody - {one}) == threshold(only, HAZARD)


@pytest.mark.parametrize("name", ["age rule", "served", "sensor limit", HAZARD])
def test_every_forecaster_tells_a_risk_of_every_machine_mode_and_tested_day(name: str) -> None:
    told = forecasts(learned(), fitted()[0]).foretold[name]

    assert told.day.shape == (len(samples()), len(SPEC.modes), int(learned().tested.sum()))
    assert (told.day >= 0).all()
    assert (told.day <= told.week + 1e-12).all()
    assert (told.week <= 1).all()
