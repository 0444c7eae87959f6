"""What a class may declare, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.spec import ClassSpec, CostSpec, RoleSpec, SpecError


def test_the_risk_bins_contain_the_review_the_order_window_and_every_horizon(small_spec):
    edges = small_spec.edges

    assert {4.0, 8.0, 28.0} <= set(edges)


def test_the_risk_bins_rise_and_are_about_fourteen(small_spec):
    edges = small_spec.edges

    assert list(edges) == sorted(set(edges))
    assert 10 <= len(edges) <= 18


def test_the_curve_of_a_daily_class_reaches_128_reviews():
    spec = ClassSpec("fan", (RoleSpec("v", "Vibration", "mm/s"),), review_steps=1, horizons=(1, 7))

    assert spec.edges[-1] == max(128, 4 * spec.horizon_steps)


def test_a_class_without_modes_has_the_one_mode_any(small_spec):
    assert replace(small_spec, modes=()).mode_codes == ("any",)


def test_the_order_window_is_lead_plus_review(small_spec):
    assert small_spec.risk_steps == 4 + 4


def test_the_gap_is_horizon_plus_longest_window(small_spec):
    assert small_spec.gap_steps == 28 + 12


@pytest.mark.parametrize(
    ("name", "value"),
    [("step_us", 0), ("windows", (3, 3)), ("horizons", ()), ("modes", ("seal", "seal"))],
)
def test_a_contradiction_is_refused_and_named(small_spec, name, value):
    with pytest.raises(SpecError, match=name):
        replace(small_spec, **{name: value})


def test_the_hash_changes_with_any_setting_and_with_nothing_else(small_spec):
    same = replace(small_spec)
    dearer = replace(small_spec, costs=CostSpec(planned=1.0))

    assert same.settings_hash() == small_spec.settings_hash()
    assert dearer.settings_hash() != small_spec.settings_hash()
