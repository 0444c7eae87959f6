"""What a forecast says of one machine: curves, risks, remaining life, drivers, rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.predictors.base import survival_at
from models.spec import ANY_MODE, ClassSpec

Floats = NDArray[np.float64]

# From the least to the most evidence.
RUNGS = (
    "not_enough_data",
    "health",
    "reference",
    "class_hazard",
    "own_level",
    "own_hazard",
)


@dataclass(frozen=True, slots=True)
class ModeForecast:
    """One mode, or the whole machine ("any"). Lengths in steps, risks in 0..1.

    survival: P(no event by each edge), starting with 1. risk: within the order rule's window.
    rul_p10: 10 % of such parts have failed by then; None = beyond the last edge. rul_mean:
    remaining life restricted to the last edge. certain False: mode uncertain, a shared hazard
    was split by the class's frequencies. peers: what others would have said of `risk`, by name
    (reference, limit, class_hazard, own_level, own_hazard, shadow).
    """

    mode: str
    edges: tuple[float, ...]
    survival: tuple[float, ...]
    risks: Mapping[int, float]
    risk: float
    rul_p10: float | None
    rul_p50: float | None
    rul_p90: float | None
    rul_mean: float
    rung: str
    certain: bool
    peers: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries; horizons become text keys."""
        return asdict(self) | {"risks": {str(h): risk for h, risk in self.risks.items()}}


@dataclass(frozen=True, slots=True)
class Driver:
    """How much of the risk hangs on one group of inputs, in the sensor's unit.

    value, normal, spread, slope_per_day: None where the group has no single number. risk_if_normal
    is the risk were this group alone at the machine's healthy normal.
    """

    group: str
    name: str
    unit: str
    value: float | None
    normal: float | None
    spread: float | None
    slope_per_day: float | None
    risk: float
    risk_if_normal: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """One machine as of one instant. `drivers` explain the leading mode, greatest effect first.

    standing_since: the machine stands; its horizons count from when it runs again. context: what
    a page tells beside it, ready for JSON: drift, repair, similar, seen_before.
    """

    tag: str
    as_of: int
    rung: str
    machine: ModeForecast
    modes: tuple[ModeForecast, ...]
    drivers: tuple[Driver, ...]
    standing_since: int | None
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def leading(self) -> ModeForecast:
        """The mode with the greatest risk in the order rule's window."""
        return max(self.modes, key=lambda mode: mode.risk)


def mode_forecast(
    mode: str,
    survival: Floats,
    spec: ClassSpec,
    *,
    rung: str,
    certain: bool,
    peers: Mapping[str, float] | None = None,
) -> ModeForecast:
    """Return the forecast a survival curve (bins + 1,) stands for."""
    edges = spec.edges
    p10, p50, p90 = (life_quantile(survival, edges, q) for q in (0.1, 0.5, 0.9))
    return ModeForecast(
        mode=mode,
        edges=edges,
        survival=tuple(float(s) for s in survival),
        risks={h: risk_within(survival, edges, h) for h in spec.horizons},
        risk=risk_within(survival, edges, spec.risk_steps),
        rul_p10=p10,
        rul_p50=p50,
        rul_p90=p90,
        rul_mean=restricted_mean(survival, edges),
        rung=rung,
        certain=certain,
        peers=peers or {},
    )


def machine_forecast(modes: Sequence[ModeForecast], spec: ClassSpec) -> ModeForecast:
    """Return the forecast of the machine: it lives while every mode does."""
    survival = np.prod([mode.survival for mode in modes], axis=0)
    rung = max((mode.rung for mode in modes), key=RUNGS.index)
    certain = all(mode.certain for mode in modes)
    peers = peers_of_machine([mode.peers for mode in modes])
    return mode_forecast(ANY_MODE, survival, spec, rung=rung, certain=certain, peers=peers)


def peers_of_machine(of_modes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return what others say of the machine: those who have an opinion on every mode."""
    names = [name for name in of_modes[0] if all(name in peers for peers in of_modes)]
    return {n: 1.0 - float(np.prod([1.0 - peers[n] for peers in of_modes])) for n in names}


def risk_within(survival: Floats, edges: tuple[float, ...], steps: float) -> float:
    """Return the probability of an event within `steps`."""
    return 1.0 - float(survival_at(survival[None, :], edges, steps)[0])


def life_quantile(survival: Floats, edges: tuple[float, ...], share: float) -> float | None:
    """Return the steps by which `share` has failed; None = beyond the last edge.

    Within a bin the hazard is constant, so the logarithm of survival is a straight line.
    """
    wanted = -np.log1p(-share)
    hazard = -np.log(np.maximum(survival, 1e-12))
    if hazard[-1] < wanted:
        return None
    right = max(int(np.searchsorted(hazard, wanted, side="left")), 1)
    ends = (0.0, *edges)
    part = (wanted - hazard[right - 1]) / (hazard[right] - hazard[right - 1])
    return float(ends[right - 1] + part * (ends[right] - ends[right - 1]))


def restricted_mean(survival: Floats, edges: tuple[float, ...]) -> float:
    """Return mean remaining life up to the last edge: the area under the curve.

    Exact for a constant hazard within each bin: width x fall / hazard of the bin.
    """
    widths = np.diff(np.array([0.0, *edges]))
    left, right = survival[:-1], np.maximum(survival[1:], 1e-12)
    hazard = np.log(np.maximum(left, 1e-12) / right)
    flat = hazard < 1e-9
    mean_height = np.where(flat, left, (left - right) / np.where(flat, 1.0, hazard))
    return float((widths * mean_height).sum())
