"""What a class hazard may look at and how it learns: a small declared list of recipes.

A recipe is what is compared, promoted and kept; tonight's fit of it only serves. The list is the
same for every class: nothing is tuned by hand for a plant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from models.features import FeatureName

Columns = tuple[int, ...]
Kind = Literal["boosting", "deep"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`sees` names an entry of SIGHTS; `settings` go to the predictor's constructor.

    kind "deep" is the optional convolutional network, anything else a boosted hazard.
    """

    name: str
    sees: str
    settings: Mapping[str, float] = field(default_factory=dict)
    kind: Kind = "boosting"

    def columns(self, names: Sequence[FeatureName]) -> Columns:
        """Return the columns this recipe looks at, by what each says of itself."""
        windows = sorted({name.window for name in names if name.group.startswith("role:")})
        is_seen = SIGHTS[self.sees]
        return tuple(
            column
            for column, name in enumerate(names)
            if not name.group.startswith("role:") or is_seen(name, windows)
        )


LEVELS = frozenset({"mean", "deviation"})
SLOPES = frozenset({"slope", "own_slope"})


def _everything(_name: FeatureName, _windows: Sequence[int]) -> bool:
    return True


def _levels_and_trends(name: FeatureName, _windows: Sequence[int]) -> bool:
    return name.statistic in LEVELS | SLOPES


def _long_trends(name: FeatureName, windows: Sequence[int]) -> bool:
    """Levels of middling windows, slopes of the long ones: slow wear without the noise."""
    rank, count = windows.index(name.window), len(windows)
    if name.statistic in SLOPES:
        return rank >= count // 2
    return name.statistic in LEVELS and (count - 1) // 4 <= rank <= count // 2


# Which columns of the sensors are looked at; events, ages and attributes always are.
SIGHTS: Mapping[str, Callable[[FeatureName, Sequence[int]], bool]] = {
    "everything": _everything,
    "levels and trends": _levels_and_trends,
    "long trends": _long_trends,
}

SLOW = {"learning_rate": 0.1, "iterations": 100}
# Many far bins keep their survivors: what is slow shows there.
FAR = SLOW | {"min_leaf": 100, "survivors": 10}
# In the order a tie is decided. The first serves where nothing could be compared yet.
RECIPES: tuple[Recipe, ...] = (
    Recipe("everything, quick", "everything"),
    Recipe("everything, slow", "everything", SLOW),
    Recipe("levels and trends", "levels and trends", FAR),
    Recipe("levels and trends, shared", "levels and trends", FAR | {"share_seen": 0.3}),
    Recipe("long trends", "long trends", FAR),
    Recipe("long trends, careful", "long trends", FAR | {"leaves": 7, "l2": 10.0}),
)
DEEP = Recipe("deep", "everything", kind="deep")
BY_NAME: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (*RECIPES, DEEP)}


@dataclass(frozen=True, slots=True)
class Contest:
    """Who competes for one group of modes.

    compared: the recipes to race (one alone is only fitted). champion: what serves until a better
    one has proved itself on forecasts as issued; None = the winner of the race serves at once.
    shadow: a challenger of before that is still being watched.
    """

    compared: tuple[Recipe, ...] = RECIPES
    champion: Recipe | None = None
    shadow: Recipe | None = None


Contests = Mapping[str, Contest]
OPEN_CONTEST = Contest()
