"""The network of the deep predictor: where its columns go, how it starts, what it says.

Plain numpy, for a forecast needs no deep-learning library: `deep_training` teaches the same network
in Keras, and a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.predictors.base import Floats, Table

ColumnName = tuple[str, str, str, int]
"""Group, code, statistic, window in steps (0 = none): `features.FeatureName` without its label."""

Inputs = tuple[Floats, Floats]
"""series (n, windows, 2 x channels) and rest (n, 2 x columns); the second halves say "missing"."""

Weights = dict[str, NDArray[np.float32]]

# Layers over the windows, with how many windows each looks at.
CONVOLUTIONS: Mapping[str, int] = {"condense": 1, "near": 3, "far": 3}
HIDDEN, HAZARD = "hidden", "hazard"

FARTHEST = 6.0  # spreads from the centre; farther off says nothing more
IQR_TO_STD = 1.349  # of a normal distribution


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of X. series: (channels, windows), from the longest window, which tells of the oldest
    past, to the shortest; rest: all others."""

    series: NDArray[np.intp]
    rest: NDArray[np.intp]

    def flat_size(self, filters: int) -> int:
        """Number of values that reach the hidden layer."""
        windows = self.series.shape[1] if len(self.series) else 0
        return windows * filters + 2 * len(self.rest)


def layout_of(names: Sequence[ColumnName], columns: int) -> Layout:
    """Return where `columns` columns go: what is told over every window is a channel.

    Without names nothing is known of windows, and all columns are the rest.
    """
    told: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    for column, (group, code, statistic, window) in enumerate(names):
        told[group, code, statistic][window] = column
    windows = sorted({name[3] for name in names if name[3]}, reverse=True)
    series = [[by[w] for w in windows] for by in told.values() if windows and set(windows) <= {*by}]
    rest = sorted(set(range(columns)) - {column for channel in series for column in channel})
    shape = (len(series), len(windows))
    return Layout(np.array(series, np.intp).reshape(shape), np.array(rest, np.intp))


def scaling_of(X: Table) -> Weights:
    """Return center and spread (d,) of known values, and where to look for gaps (1.0 or 0.0).

    The spread is the interquartile range, where that is 0 (rare events) the standard deviation,
    and infinite where nothing varies: such a column always says 0.
    """
    known = np.isfinite(X)
    varies = known.any(axis=0)
    values = np.where(known, X, np.nan).astype(float)
    center, spread = np.zeros(X.shape[1]), np.full(X.shape[1], np.inf)
    low, center[varies], high = np.nanquantile(values[:, varies], (0.25, 0.5, 0.75), axis=0)
    wide = (high - low) / IQR_TO_STD
    wide = np.where(wide > 0, wide, np.nanstd(values[:, varies], axis=0))
    spread[varies] = np.where(wide > 0, wide, np.inf)
    # A gap that was never seen while learning must not reach a weight that was never taught.
    gaps = varies & ~known.all(axis=0)
    said = {"center": center, "spread": spread, "gaps": gaps}
    return {name: np.asarray(value, np.float32) for name, value in said.items()}


def inputs_of(X: Table, layout: Layout, weights: Weights) -> Inputs:
    """Return rows X (n, d) as the network sees them: robustly scaled, 0 where missing."""
    known = np.isfinite(X)
    scaled = (np.where(known, X, weights["center"]).astype(float) - weights["center"]) / (
        weights["spread"]
    )
    scaled = np.clip(scaled, -FARTHEST, FARTHEST)
    missing = np.where(known, 0.0, weights["gaps"])
    series = np.concatenate([scaled[:, layout.series.T], missing[:, layout.series.T]], axis=2)
    rest = np.concatenate([scaled[:, layout.rest], missing[:, layout.rest]], axis=1)
    return series, rest


def first_weights(layout: Layout, filters: int, width: int, hazards: Floats, seed: int) -> Weights:
    """Return weights drawn by numpy (He et al. 2015), so that every backend starts alike.

    The last layer starts at the hazards (bins,) every row has in common.
    """
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {HIDDEN: (layout.flat_size(filters), width)}
    channels = 2 * len(layout.series)
    for name, reach in CONVOLUTIONS.items() if channels else ():
        shapes[name] = (reach, channels, filters)
        channels = filters
    weights: Weights = {}
    for name, shape in shapes.items():
        kernel = random.normal(size=shape) * np.sqrt(2.0 / np.prod(shape[:-1]))
        weights[f"{name}.kernel"] = kernel.astype(np.float32)
        weights[f"{name}.bias"] = np.zeros(shape[-1], np.float32)
    weights[f"{HAZARD}.kernel"] = np.zeros((width, len(hazards)), np.float32)
    weights[f"{HAZARD}.bias"] = np.log(hazards / (1.0 - hazards)).astype(np.float32)
    return weights


def log_odds(inputs: Inputs, weights: Weights) -> Floats:
    """Return the log odds (n, bins) of an event in each bin, none having happened before."""
    series, rest = inputs
    for name, reach in CONVOLUTIONS.items() if series.shape[2] else ():
        past = np.pad(series, ((0, 0), (reach - 1, 0), (0, 0)))
        seen = np.concatenate([past[:, k : k + series.shape[1]] for k in range(reach)], axis=2)
        kernel = weights[f"{name}.kernel"]
        series = _positive(seen @ kernel.reshape(-1, kernel.shape[2]) + weights[f"{name}.bias"])
    flat = np.concatenate([series.reshape(len(series), -1), rest], axis=1)
    hidden = _positive(flat @ weights[f"{HIDDEN}.kernel"] + weights[f"{HIDDEN}.bias"])
    return np.asarray(hidden @ weights[f"{HAZARD}.kernel"] + weights[f"{HAZARD}.bias"])


def _positive(values: Table) -> Floats:
    return np.maximum(values, 0.0, dtype=float)
