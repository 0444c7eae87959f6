"""What a class of equipment declares before anything is learned: roles, windows, horizons, costs.

A spec is plain data. It is the only thing a user can set for a prediction; nothing else is tuned
per data set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from models.regimes import Regimes

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
ANY_MODE = "any"

# The class's hazard with each machine's level, each machine's own hazard, or the deep network.
Served = Literal["class", "own", "deep"]

# The risk curve reaches this many review intervals, or this many times the longest horizon.
CURVE_REVIEWS = 128
CURVE_HORIZONS = 4
CURVE_POINTS = 13


def duration_text(steps: float, step_us: int) -> str:
    """Return a length of time in minutes below an hour, hours below three days, else days."""
    hours = steps * step_us / HOUR_US
    if 0 < hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{steps * step_us / DAY_US:.0f} days"


class SpecError(ValueError):
    """A class specification contradicts itself; the message names the field."""


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One quantity measured on every machine of a class, in one canonical unit.

    `is_condition`: describes the operating point (speed, load), not the health.
    `is_comparable`: raw values mean the same on every machine, so the class model may see them.
    `component`: the part this sensor looks at (a mode); its replacement starts the role's windows
    and normal anew. "" = none, only an exchange of unit or sensor does.
    """

    code: str
    name: str
    unit: str
    is_condition: bool = False
    is_comparable: bool = False
    component: str = ""


@dataclass(frozen=True, slots=True)
class CostSpec:
    """Costs in one currency; `detection_share` is the part of warned failures work prevents."""

    inspection: float = 300.0
    planned: float = 1_500.0
    unplanned: float = 8_000.0
    detection_share: float = 0.8


@dataclass(frozen=True, slots=True)
class TypicalLife:
    """What a planner says of a component before the plant has failures of its own; steps.

    `spread_steps` is the standard deviation of lives, `warning_steps` how long before a failure
    the component shows signs; None = not known.
    """

    life_steps: float
    spread_steps: float | None = None
    warning_steps: float | None = None

    def __post_init__(self) -> None:
        given = (self.life_steps, 1.0 if self.spread_steps is None else self.spread_steps)
        if not min(given) > 0 or (self.warning_steps or 0.0) < 0:
            raise SpecError("A typical life and its spread are above 0, a warning time not below.")


@dataclass(frozen=True)
class ClassSpec:
    """Everything models/ may know about a class. Lengths count steps of `step_us` microseconds.

    `decision_us` is the decision time as microseconds after UTC midnight; decisions are
    `review_steps` apart. `modes` are component codes; empty means the one mode "any".
    `mode_names` are what people call them, for sentences; `typical_lives` by mode are what a
    planner entered, the prior of the age rule. `predictor` is what a user wants to be served by.
    `regimes` nobody enters: they are found by `surveys`; None = one regime or not looked yet.
    Text attributes listed in `attribute_levels` become one column per level, others are numbers.
    """

    code: str
    roles: tuple[RoleSpec, ...]
    step_us: int = HOUR_US
    decision_us: int = 2 * HOUR_US
    review_steps: int = 24
    windows: tuple[int, ...] = (24, 72, 168)
    horizons: tuple[int, ...] = (24, 168, 336)
    lead_steps: int = 48
    horizon_steps: int = 336
    modes: tuple[str, ...] = ()
    mode_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    event_codes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    attribute_levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    costs: CostSpec = CostSpec()
    baseline_steps: int = 720
    typical_lives: Mapping[str, TypicalLife] = field(default_factory=dict, hash=False)
    predictor: Served = "class"
    regimes: Regimes | None = None

    def __post_init__(self) -> None:
        for name in ("step_us", "review_steps", "horizon_steps", "baseline_steps"):
            if getattr(self, name) < 1:
                raise SpecError(f"{self.code}: {name} must be at least 1.")
        for name in ("windows", "horizons"):
            lengths = getattr(self, name)
            if not lengths or min(lengths) < 1 or list(lengths) != sorted(set(lengths)):
                raise SpecError(f"{self.code}: {name} must be rising whole numbers of steps.")
        for name in ("modes", "event_codes", "attributes", "role_codes"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise SpecError(f"{self.code}: {name} names something twice.")

    @property
    def role_codes(self) -> tuple[str, ...]:
        return tuple(role.code for role in self.roles)

    @property
    def mode_codes(self) -> tuple[str, ...]:
        """The modes that have a clock of their own; never empty."""
        return self.modes or (ANY_MODE,)

    def mode_name(self, code: str) -> str:
        """What people call the component behind a mode."""
        return self.mode_names.get(code, code)

    @property
    def risk_steps(self) -> int:
        """The window the order rule looks at: planning lead plus one review interval."""
        return self.lead_steps + self.review_steps

    @property
    def gap_steps(self) -> int:
        """Steps left out between training and test: horizon plus longest window."""
        return self.horizon_steps + self.windows[-1]

    @property
    def steps_per_day(self) -> float:
        return DAY_US / self.step_us

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """Upper ends of the risk bins in steps, rising, about 14; the first bin starts at 0.

        A geometric grid on whole review intervals, joined with the review interval, the order
        rule's window and every horizon, so that these risks are read off without interpolation.
        """
        named = {self.review_steps, self.risk_steps, self.horizon_steps, *self.horizons}
        last = max(CURVE_REVIEWS * self.review_steps, CURVE_HORIZONS * max(named))
        grid = np.geomspace(self.review_steps, last, CURVE_POINTS) / self.review_steps
        points = named | {int(k) * self.review_steps for k in np.rint(grid)}
        return tuple(float(edge) for edge in sorted(points))

    def settings_hash(self) -> str:
        """Return 64 hex digits that change when any setting of the class changes."""
        settings: dict[str, Any] = asdict(self)
        if not self.typical_lives:  # classes of before a setting existed keep their hash
            del settings["typical_lives"]
        if self.predictor == "class":
            del settings["predictor"]
        if self.regimes is None:
            del settings["regimes"]
        for role in settings["roles"]:
            if not role["component"]:
                del role["component"]
        text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
