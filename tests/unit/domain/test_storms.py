"""When so many suggestions at once are a storm, and over what."""

from __future__ import annotations

import pytest

from app.domain.storms import Front, Place, fronts, is_storm


@pytest.mark.parametrize(
    ("wanted", "machines", "share", "expected"),
    [(3, 9, 0.3, True), (3, 10, 0.3, False), (2, 2, 0.3, False), (4, 4, 1.0, False)],
)
def test_a_storm_is_three_machines_and_more_than_the_share(
    wanted: int, machines: int, share: float, expected: bool
) -> None:
    assert is_storm(wanted, machines, share) is expected


def places(class_id: int, count: int, *, site_id: int = 1, share: float = 0.3) -> list[Place]:
    first = 100 * class_id + 1000 * site_id
    return [Place(first + number, site_id, class_id, share) for number in range(count)]


def test_a_class_is_looked_at_before_what_is_left_of_its_site() -> None:
    pumps, fans = places(1, 6), places(2, 10)
    wanted = {place.machine for place in (*pumps[:4], fans[0])}

    found = fronts([*pumps, *fans], wanted)

    assert found == (Front(1, 1, frozenset(p.machine for p in pumps[:4]), 6, pytest.approx(0.3)),)


def test_few_of_each_class_can_still_be_a_storm_of_the_site() -> None:
    looked = [*places(1, 2), *places(2, 2), *places(3, 4)]
    wanted = {place.machine for place in looked[:4]}

    (front,) = fronts(looked, wanted)

    assert (front.site_id, front.class_id, front.machines) == (1, None, 8)
    assert front.wanted == wanted


def test_sites_are_never_added_up() -> None:
    looked = [*places(1, 2), *places(1, 2, site_id=2)]

    assert fronts(looked, {place.machine for place in looked}) == ()


def test_the_limit_of_a_front_is_the_mean_of_its_machines_limits() -> None:
    looked = [*places(1, 2, share=0.2), Place(9, 1, 1, 0.8), Place(10, 1, 1, 0.8)]

    assert fronts(looked, {9, 10, looked[0].machine})[0].share == pytest.approx(0.5)
