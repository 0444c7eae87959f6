"""What a recipe looks at follows from what each column says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.features import feature_names
from models.recipes import BY_NAME, QUICK, RECIPES
from models.spec import ClassSpec, RoleSpec

SPEC = ClassSpec(
    code="pump",
    roles=(RoleSpec("vibration", "vibration", "mm/s"), RoleSpec("flow", "flow", "m3/h")),
    windows=(3, 6, 12, 24, 48),
    modes=("bearing",),
    event_codes=("E1",),
)


def seen(recipe: str, spec: ClassSpec) -> set[str]:
    """What a recipe, or any of those it is the mean of, looks at."""
    names = feature_names(spec)
    members = BY_NAME[recipe].of or (BY_NAME[recipe],)
    return {str(names[column]) for member in members for column in member.columns(names)}


def test_a_quick_refit_and_the_first_recipe_see_everything() -> None:
    for recipe in (QUICK, RECIPES[0]):
        assert seen(recipe.name, SPEC) == {str(name) for name in feature_names(SPEC)}


def test_a_mean_of_recipes_is_of_declared_ones() -> None:
    for recipe in RECIPES:
        assert (recipe.kind == "ensemble") == bool(recipe.of)
        assert all(member in RECIPES for member in recipe.of)


def test_long_trends_are_levels_of_the_shorter_and_slopes_of_the_longer_windows() -> None:
    told = {name for name in seen("long trends", SPEC) if name.startswith("vibration")}

    assert told == {
        "vibration.deviation.6",
        "vibration.deviation.12",
        "vibration.own_slope.12",
        "vibration.own_slope.24",
        "vibration.own_slope.48",
    }
    assert {"E1.count.3", "bearing.age", "installed.since"} <= seen("long trends", SPEC)


def test_a_comparable_role_tells_its_level_once_in_its_own_unit() -> None:
    raw = replace(SPEC, roles=tuple(replace(role, is_comparable=True) for role in SPEC.roles))

    levels = {n for n in seen("long trends", raw) if "mean" in n or "deviation" in n}

    assert levels == {f"{role}.mean.{w}" for role in ("vibration", "flow") for w in (6, 12)}


@pytest.mark.parametrize("windows", [(7,), (7, 14), (1, 2, 4, 8, 16, 32)])
def test_every_recipe_sees_level_and_slope_however_many_windows_there_are(
    windows: tuple[int, ...],
) -> None:
    spec = replace(SPEC, windows=windows)

    for recipe in RECIPES:
        statistics = {name.split(".")[1] for name in seen(recipe.name, spec)}
        assert {"deviation", "own_slope"} <= statistics


def test_no_two_recipes_share_a_name() -> None:
    assert len(BY_NAME) == len(RECIPES) + 1
