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
Kind = Literal["boosting", "ensemble", "deep"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`sees` names an entry of SIGHTS; `settings` go to the predictor's constructor.

    kind "ensemble" is the mean of the recipes `of`, told by what they see; "deep" the optional
    convolutional network; anything else one boosted hazard.
    """

    name: str
    sees: str
    settings: Mapping[str, float] = field(default_factory=dict)
    kind: Kind = "boosting"
    of: tuple[Recipe, ...] = ()

    def columns(self, names: Sequence[FeatureName]) -> Columns:
        """Return the columns this recipe looks at, by what each says of itself."""
        sensors = [name for name in names if name.group.startswith("role:")]
        layout = Layout(
            windows=tuple(sorted({name.window for name in sensors})),
            comparable=frozenset(name.code for name in sensors if name.statistic == "mean"),
        )
        is_seen = SIGHTS[self.sees]
        return tuple(column for column, name in enumerate(names) if is_seen(name, layout))


@dataclass(frozen=True, slots=True)
class Layout:
    """The class's windows, rising, and the roles that are told in raw units, too."""

    windows: tuple[int, ...]
    comparable: frozenset[str]


LEVELS = frozenset({"mean", "deviation"})
SLOPES = frozenset({"slope", "own_slope"})


def _everything(_name: FeatureName, _layout: Layout) -> bool:
    return True


def _levels_and_trends(name: FeatureName, _layout: Layout) -> bool:
    return not name.group.startswith("role:") or name.statistic in LEVELS | SLOPES


def _long_trends(name: FeatureName, layout: Layout) -> bool:
    """Levels of the shorter windows but the very shortest, slopes of the longer ones: slow wear
    without the noise. Each level once, in raw units where those are comparable."""
    if not name.group.startswith("role:"):
        return name.group != "quality"
    rank, last = layout.windows.index(name.window), len(layout.windows) - 1
    if name.statistic in SLOPES:
        return rank >= last // 2
    is_level = name.statistic == ("mean" if name.code in layout.comparable else "deviation")
    return is_level and last // 4 <= rank <= last // 2


SIGHTS: Mapping[str, Callable[[FeatureName, Layout], bool]] = {
    "everything": _everything,
    "levels and trends": _levels_and_trends,
    "long trends": _long_trends,
}

SLOW = {"learning_rate": 0.1, "iterations": 100}
# Far bins keep their survivors, all of them in a small class: what is slow shows there, and which
# ones were drawn would be seen in the forecasts.
FAR = SLOW | {"min_leaf": 100, "survivors": 10, "min_survivors": 10_000}

QUICK = Recipe("everything, quick", "everything")
EVERYTHING = Recipe("everything, slow", "everything", SLOW)
LONG_TRENDS = Recipe("long trends", "long trends", FAR)
BOTH = Recipe(
    "everything and long trends",
    "everything; long trends",
    kind="ensemble",
    of=(EVERYTHING, LONG_TRENDS),
)
# In the order a tie is decided: what was best on average over public fleets comes first.
RECIPES: tuple[Recipe, ...] = (
    BOTH,
    EVERYTHING,
    LONG_TRENDS,
    Recipe("long trends, careful", "long trends", FAR | {"leaves": 7, "l2": 10.0}),
    Recipe("levels and trends", "levels and trends", FAR),
    QUICK,
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
