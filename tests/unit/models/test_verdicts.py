"""A machine that is unlike itself is told; one that does what its sisters do is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.health import RoleNormal
from models.verdicts import judge
from tests.unit.models.health_days import (
    SPEC,
    coming,
    day,
    fleet,
    judged,
    machine,
    normal,
    quiet,
)

DAYS = 400
# Eight spreads within three weeks, rising up to the last day.
RISE = np.linspace(0.0, 8.0, 21)


def test_a_machine_that_drifts_is_deviating_since_it_passed_its_limit():
    found = fleet(DAYS, 5)
    found["P-0"][-21:, 0] += RISE

    health = judged(found)["P-0"]

    assert health.is_deviating
    assert health.score > 1.5
    assert health.since is not None
    assert day(DAYS - 21) < health.since < day(DAYS - 5)
    assert health.roles[0].role == "vibration"
    assert health.roles[0].limit == health.threshold
    assert health.roles[0].score == pytest.approx(health.score)


def test_its_sisters_are_not_called_out_with_it():
    found = fleet(DAYS, 5)
    found["P-0"][-21:, 0] += RISE

    others = [health for tag, health in judged(found).items() if tag != "P-0"]

    assert not any(health.is_deviating for health in others)
    assert all(health.since is None for health in others)


def test_what_all_machines_do_together_is_the_season():
    found = fleet(DAYS, 5)
    for deviation in found.values():
        deviation[-21:, 1] += RISE

    healths = judged(found).values()

    assert not any(health.is_deviating for health in healths)
    assert all(health.roles[-1].sisters is not None for health in healths)


def test_sisters_that_move_do_not_indict_the_one_that_stays():
    found = fleet(DAYS, 6)
    for tag in ("P-1", "P-2", "P-3", "P-4", "P-5"):
        found[tag][-21:, 0] += RISE

    assert not judged(found)["P-0"].is_deviating


def test_one_bad_day_calls_nobody():
    found = fleet(DAYS, 5)
    found["P-0"][-1, 0] += 50.0

    assert not judged(found)["P-0"].is_deviating


def test_a_machine_alone_is_judged_by_its_own_normal():
    drifting = quiet(DAYS, seed=1)
    drifting[-21:, 0] += RISE

    calm, health = judged({"P-1": quiet(DAYS, 2)})["P-1"], judged({"P-1": drifting})["P-1"]

    assert health.is_deviating
    assert not calm.is_deviating
    assert health.roles[0].sisters is None
    assert health.roles[0].sister_count == 0


def test_names_and_their_order_change_nothing():
    found = fleet(DAYS, 6, seed=3)
    found["P-2"][-21:, 1] += RISE
    renamed = {f"Z-{9 - k}": found[tag] for k, tag in enumerate(reversed(found))}
    names = dict(zip(reversed(found), renamed, strict=True))

    before, after = judged(found), judged(renamed)

    for tag, name in names.items():
        assert replace(after[name], tag=tag) == before[tag]


def test_the_sentence_speaks_in_the_unit_of_the_role():
    found = fleet(DAYS, 5)
    for tag, deviation in found.items():
        deviation[-5:] = 7.0 if tag == "P-0" else 0.2

    health = judged(found)["P-0"]

    vibration = next(role for role in health.roles if role.role == "vibration")
    assert vibration.sentence == (
        "Vibration 4.8 mm/s, normal 2 +- 0.4; 4 sister machines at their normal"
    )
    assert (vibration.value, vibration.normal, vibration.spread) == (pytest.approx(4.8), 2.0, 0.4)


def test_sisters_off_their_normal_are_told():
    found = fleet(DAYS, 5)
    for deviation in found.values():
        deviation[-5:, 1] = 3.0

    temperature = next(r for r in judged(found)["P-0"].roles if r.role == "temperature")

    assert temperature.sentence.endswith("4 sister machines above their normal, too")


def test_the_furthest_role_comes_first_and_an_unknown_one_last():
    found = quiet(DAYS, 4)
    found[-21:, 1] += RISE
    found[-30:, 0] = np.nan

    health = judged({"P-1": found})["P-1"]

    assert [role.role for role in health.roles] == ["temperature", "vibration"]
    assert health.roles[1].score is None
    assert health.is_deviating


# --- unknown


def test_a_new_machine_says_how_much_of_its_normal_is_known_and_when_the_rest_comes():
    young = quiet(9, 1)
    normals = [coming("vibration", 9, since=0), coming("temperature", 4, since=5)]

    health = judge({"P-9": machine("P-9", young, normals=normals)}, SPEC)["P-9"]

    assert (health.score, health.threshold, health.is_deviating) == (None, None, False)
    assert health.reason == (
        "9 of 30 days of its own normal are known; the rest comes by about 2 Nov 2024."
    )
    assert health.roles[0].sentence == "Vibration 2.1 mm/s, its normal is not known yet"


def test_a_machine_that_sends_nothing_says_so():
    normals = [coming("vibration", 0, since=0), coming("temperature", 0, since=0)]

    health = judge({"P-9": machine("P-9", quiet(40, 1), normals=normals)}, SPEC)["P-9"]

    assert health.reason == "No sensor that tells of health has a reading yet."


def test_a_stuck_sensor_has_no_normal_and_divides_by_nothing():
    stuck = quiet(DAYS, 1)
    stuck[:, 0] = np.nan  # what never moved has no deviation
    normals = [normal("vibration", 2.0, 0.0), normal("temperature", 60.0, 1.5)]

    partly = judge({"P-1": machine("P-1", stuck, normals=normals)}, SPEC)["P-1"]
    wholly = judge(
        {"P-1": machine("P-1", np.full((DAYS, 2), np.nan), normals=[normals[0]] * 2)}, SPEC
    )["P-1"]

    assert partly.score is not None
    assert wholly.reason.startswith("No sensor moved while its normal was learned")


def test_a_constant_deviation_divides_by_nothing():
    health = judged({"P-1": np.zeros((DAYS, 2))})["P-1"]

    assert health.score == 0.0
    assert np.isfinite(health.threshold)


def test_a_standing_machine_has_no_score():
    found = machine("P-1", quiet(DAYS, 1), standing_since=day(DAYS - 3))

    health = judge({"P-1": found}, SPEC)["P-1"]

    assert health.score is None
    assert health.reason == "It has stood still since 5 Nov 2025."


def test_silence_is_not_health():
    silent = quiet(DAYS, 1)
    silent[-2:] = np.nan

    health = judged({"P-1": silent})["P-1"]

    assert health.score is None
    assert health.reason.startswith("Too few readings in the last 3 days")


def test_after_a_repair_the_days_before_it_no_longer_count():
    found = quiet(DAYS, 1)
    found[-23:-2, 0] += RISE
    repaired = machine("P-1", found, failed=[DAYS - 2])

    health = judge({"P-1": repaired}, SPEC)["P-1"]

    assert (health.score, health.is_deviating) == (None, False)
    assert "failure or work of 5 Nov 2025" in health.reason


def test_a_class_without_roles_of_health_says_so():
    bare = replace(SPEC, roles=())
    found = replace(
        machine("P-1", quiet(40, 1)), normals=(), deviation=np.empty((40, 0), np.float32)
    )

    health = judge({"P-1": found}, bare)["P-1"]

    assert health.reason == "Class pump has no sensor role that tells of health."
    assert health.roles == ()


def test_nobody_is_judged_in_an_empty_class():
    assert judge({}, SPEC) == {}


def test_an_incomplete_role_is_left_out_of_the_score():
    found = quiet(DAYS, 1)
    found[:, 1] = np.nan
    normals = (normal("vibration", 2.0, 0.4), RoleNormal("temperature", 61.0, None, None, 100, 5))

    health = judge({"P-1": machine("P-1", found, normals=normals)}, SPEC)["P-1"]

    assert health.score is not None
    assert health.roles[1].limit is None
