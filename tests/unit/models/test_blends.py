"""What a blend of three curves says, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.blends import ALONE, BLENDS, CAUTIOUS, CHOSEN_FROM, Blend, near_bins
from tests.unit.models.learned_fleet import class_model

EDGES = (1.0, 2.0, 4.0)
RATES = {"recipe": 0.1, "limit": 0.2, "age": 0.4}
CURVES = {name: np.exp(-rate * np.array([[0.0, *EDGES]])) for name, rate in RATES.items()}


def rates(blend: Blend, **but: np.ndarray) -> list[float]:
    """The constant hazard of each bin of a blend."""
    told = blend.of(CURVES | but, near_bins(EDGES, 2.0))[0]
    return (-np.diff(np.log(told)) / np.diff([0.0, *EDGES])).tolist()


def test_alone_the_recipe_speaks():
    assert ALONE.of(CURVES, 2) is CURVES["recipe"]


def test_hazards_are_averaged_and_far_ones_left_to_age():
    assert rates(Blend(limit=0.5)) == pytest.approx([0.15, 0.15, 0.15])
    assert rates(Blend(age=0.5, far_age=1.0)) == pytest.approx([0.25, 0.25, 0.4])
    shared = Blend(limit=0.25, age=0.25, far_age=0.75)
    assert rates(shared) == pytest.approx([0.2, 0.2, 0.05 + 0.3])


def test_shares_never_exceed_the_whole():
    assert rates(Blend(limit=0.5, far_age=1.0)) == pytest.approx([0.15, 0.15, 0.4])


@pytest.mark.parametrize("blend", BLENDS)
def test_where_no_age_is_known_the_recipe_stands_in(blend):
    unknown = np.full((1, 4), np.nan)

    told = rates(blend, age=unknown)

    assert told == pytest.approx(rates(Blend(limit=blend.limit)))
    assert rates(Blend(age=0.5, far_age=1.0), age=unknown) == pytest.approx([0.1, 0.1, 0.1])


def test_the_horizon_itself_is_near():
    assert [near_bins(EDGES, steps) for steps in (0.5, 1.0, 2.0, 3.0, 9.0)] == [0, 1, 2, 2, 3]


def test_it_says_whose_word_counts():
    assert ALONE.sentence(20) == "The learned hazard speaks alone."
    assert Blend(limit=0.5).sentence(16) == (
        "Up to the order rule's horizon 50% learned hazard, 50% best single-sensor limit. "
        "Rows none had seen said so."
    )
    assert Blend(age=0.5, far_age=1.0).sentence(20) == (
        "Up to the order rule's horizon 50% learned hazard, 50% age; beyond it 100% age. "
        "Rows none had seen said so."
    )


def test_a_blend_nobody_could_choose_says_so():
    assert CAUTIOUS.sentence(5) == (
        "Up to the order rule's horizon 50% learned hazard, 25% best single-sensor limit, 25% age; "
        "beyond it 75% age. 5 of the 16 ended lives it takes to choose by were seen so far."
    )


def test_until_enough_lives_have_ended_age_and_the_single_limit_have_their_say():
    for group in class_model().groups:
        assert group.metrics["events"] < CHOSEN_FROM
        assert group.blend == CAUTIOUS
