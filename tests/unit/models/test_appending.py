"""A sample brought up to date, from a part of the readings, is the sample made anew."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.appending import WholePassNeeded, append_rows, reach_of
from models.history import Events, Failures, Intervals, MachineHistory, Series, Services
from models.labels import Lives, ModeLabel
from models.samples import Sample, build_sample
from models.spec import ClassSpec, RoleSpec

STEP = 10
REVIEW = 4
DAY = STEP * REVIEW
TOLERANCE = 2e-6
SPEC = ClassSpec(
    "pump",
    (
        RoleSpec("own", "Vibration", "mm/s", component="bearing"),
        RoleSpec("raw", "Heat", "°C", is_comparable=True),
        RoleSpec("silent", "Flow", "l/s"),
    ),
    step_us=STEP,
    decision_us=0,
    review_steps=REVIEW,
    windows=(2, 5, 9),
    horizons=(1,),
    modes=("bearing", "seal"),
    event_codes=("alarm", "trip"),
    baseline_steps=6,
)


def lived(seed: int, days: int) -> MachineHistory:
    """A machine with everything that happens to machines, at instants on and off the steps."""
    chance = np.random.default_rng(seed)
    until = days * DAY

    def some(most: int) -> np.ndarray:
        anywhere = chance.integers(1, until, chance.integers(0, most + 1))
        return np.sort(np.where(chance.random(len(anywhere)) < 0.5, anywhere, anywhere // 10 * 10))

    def series() -> Series:
        at = np.unique(chance.integers(1, until + 1, days * REVIEW * 2))
        first, last = chance.integers(0, until, 2)  # a gap, perhaps a long one
        at = at[(at < first) | (at > last)] if chance.random() < 0.5 else at
        value = chance.normal(50.0, 3.0, len(at)).round(2) + 0.02 * at
        value[chance.random(len(at)) < 0.1] = np.nan
        return Series(at.astype(np.int64), value)

    def parts(at: np.ndarray) -> np.ndarray:
        return chance.choice(["bearing", "seal", ""], len(at)).astype(np.str_)

    alarms, work, lost = some(6), some(4), some(3)
    marks = np.unique(chance.integers(1, until, 2 * chance.integers(1, 4)))
    marks = marks[: len(marks) // 2 * 2]
    return MachineHistory(
        "P-1",
        "pump",
        until,
        readings={"own": series(), "raw": series()},
        installed_at=-50,
        events=Events(alarms, chance.choice(["alarm", "trip", "other"], len(alarms))),
        services=Services(
            work, parts(work), np.ones(len(work), bool), np.full(len(work), "", np.str_)
        ),
        failures=Failures(lost, parts(lost)),
        running=Intervals(marks[::2], marks[1::2]) if chance.random() < 0.3 else None,
        restarts=some(1),
        role_restarts={"own": some(1)} if chance.random() < 0.5 else {},
        overhauls=some(1),
    )


def assert_same(found: Sample, wanted: Sample) -> None:
    """Rows and normals to the tolerance, everything told from records exactly."""
    assert found.names == wanted.names
    np.testing.assert_array_equal(found.at, wanted.at)
    np.testing.assert_allclose(found.X, wanted.X, rtol=TOLERANCE, atol=TOLERANCE)
    assert found.baselines == wanted.baselines
    for role, now in wanted.now.items():
        assert found.now[role].value == pytest.approx(now.value, rel=TOLERANCE, nan_ok=True)
        plain = {"value": 0.0, "slope_per_day": 0.0}
        assert replace(found.now[role], **plain) == replace(now, **plain)
    for mode in wanted.labels:
        _assert_equal(found.labels[mode], wanted.labels[mode])
        _assert_equal(found.lives[mode], wanted.lives[mode])


def _assert_equal(found: ModeLabel | Lives, wanted: ModeLabel | Lives) -> None:
    for part in fields(wanted):
        np.testing.assert_array_equal(getattr(found, part.name), getattr(wanted, part.name))


def continued(yesterday: Sample, today: MachineHistory, changed_from: int | None = None) -> Sample:
    """The sample of today, from yesterday's and no reading that is not needed."""
    reach = reach_of(yesterday, replace(today, readings={}), SPEC, changed_from)
    return append_rows(yesterday, reach.cut(today), SPEC, reach)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    days=st.integers(3, 40),
    back=st.integers(1, 3 * DAY),
)
def test_new_rows_are_those_of_the_whole_pass(seed, days, back):
    today = lived(seed, days)
    yesterday = today.as_of(max(today.until - back, today.first_at + DAY))
    # Nobody had seen it run yet: the first sight of it changes what all rows mean.
    assume(yesterday.running is None or len(yesterday.running.start))

    assert_same(continued(build_sample(yesterday, SPEC), today), build_sample(today, SPEC))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    days=st.integers(6, 30),
    share=st.floats(0.0, 1.0),
    data=st.data(),
)
def test_a_late_change_remakes_the_rows_from_it_on(seed, days, share, data):
    known = lived(seed, days)
    earlier = known.as_of(known.until - DAY)
    assume(earlier.running is None or len(earlier.running.start))
    yesterday = build_sample(earlier, SPEC)
    at = int(yesterday.at[0]) + 1 + int(share * (known.until - yesterday.at[0] - 2))
    what = data.draw(st.sampled_from(["reading", "service", "event", "sensor exchange"]))
    today = changed(known, what, at)

    assert_same(continued(yesterday, today, changed_from=at), build_sample(today, SPEC))


def changed(history: MachineHistory, what: str, at: int) -> MachineHistory:
    """The same machine with something entered at an instant long gone."""
    if what == "reading":
        series = history.readings["raw"]
        place = int(np.searchsorted(series.at, at))
        late = Series(np.insert(series.at, place, at), np.insert(series.value, place, 99.0))
        return replace(history, readings={**history.readings, "raw": late})
    if what == "event":
        events = history.events
        place = int(np.searchsorted(events.at, at))
        late = Events(np.insert(events.at, place, at), np.insert(events.code, place, "alarm"))
        return replace(history, events=late)
    if what == "service":
        work = history.services
        place = int(np.searchsorted(work.at, at))
        entered = (at, "bearing", True, "")
        columns = (work.at, work.component.astype("U9"), work.planned, work.condition)
        late = [np.insert(c, place, x) for c, x in zip(columns, entered, strict=True)]
        return replace(history, services=Services(*late))
    exchanged = np.sort(np.append(history.role_restarts.get("own", history.restarts), at))
    return replace(history, role_restarts={**history.role_restarts, "own": exchanged})


def test_only_the_windows_and_the_normal_are_read_on_an_ordinary_day():
    at = STEP * np.arange(1, 401, dtype=np.int64)
    series = Series(at, np.sin(at))
    today = MachineHistory("P-1", "pump", int(at[-1]), readings={"own": series, "raw": series})
    yesterday = build_sample(today.as_of(today.until - DAY), SPEC)

    reach = reach_of(yesterday, replace(today, readings={}), SPEC)

    kept = reach.cut(today).readings["raw"].at
    normal, newest = kept[: SPEC.baseline_steps], kept[SPEC.baseline_steps :]
    assert normal.tolist() == [10, 20, 30, 40, 50, 60]
    assert newest.tolist() == list(range(today.until - 8 * STEP, today.until + 1, STEP))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"attributes": {"power": 30.0}}, "attributes"),
        ({"until": 4 * DAY}, "does not begin or end"),
        ({"running": Intervals(np.array([0]), np.array([50]))}, "before its first row"),
    ],
)
def test_what_cannot_be_continued_is_made_anew(change, why):
    today = replace(lived(3, 20), running=None)
    yesterday = build_sample(today.as_of(today.until - DAY), SPEC)

    with pytest.raises(WholePassNeeded, match=why):
        reach_of(yesterday, replace(today, **change), SPEC)


def test_a_class_with_other_columns_or_a_change_before_all_rows_is_made_anew():
    today = lived(3, 20)
    yesterday = build_sample(today.as_of(today.until - DAY), SPEC)

    with pytest.raises(WholePassNeeded, match="other columns"):
        reach_of(yesterday, today, replace(SPEC, event_codes=("alarm",)))
    with pytest.raises(WholePassNeeded, match="before its first row"):
        reach_of(yesterday, today, SPEC, changed_from=0)
