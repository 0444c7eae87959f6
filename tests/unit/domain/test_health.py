"""A machine against its own normal: what is said of it, and where it stands in a picture."""

from __future__ import annotations

import pytest

from app.domain.health import RoleHealth, on_scale, title, told


def role(name: str, score: float | None, sentence: str) -> RoleHealth:
    return RoleHealth(name, name, "mm/s", 4.8, 2.1, 0.4, 6.0, None, 0, 4.0, score, sentence)


def test_the_case_is_made_by_the_roles_past_their_limit() -> None:
    roles = [role("Vibration", 1.5, "a"), role("Current", 1.0, "b"), role("Flow", 0.9, "c")]

    assert told(roles) == ("a", "b")


def test_without_one_the_furthest_speaks() -> None:
    assert told([role("Vibration", 0.5, "a"), role("Current", None, "b")]) == ("a",)
    assert told([]) == ()


@pytest.mark.parametrize(
    ("name", "said"), [("Vibration", "vibration"), ("RMS level", "RMS level"), ("T", "T")]
)
def test_a_title_names_the_furthest_role(name: str, said: str) -> None:
    assert title("P-104", [role(name, 1.5, "")]) == f"Inspect P-104: {said} away from its normal"


def test_a_title_without_roles_still_reads() -> None:
    assert title("P-104", []) == "Inspect P-104: something away from its normal"


@pytest.mark.parametrize(
    ("deviation", "place"), [(0.0, 0.5), (4.0, 0.75), (-4.0, 0.25), (100.0, 1.0), (None, None)]
)
def test_the_picture_reaches_two_limits_to_either_side(
    deviation: float | None, place: float | None
) -> None:
    assert on_scale(deviation, 4.0) == place
