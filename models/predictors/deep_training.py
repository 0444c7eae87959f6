"""Teaching the deep predictor's network in Keras 3, the same on PyTorch and on TensorFlow.

The only place that knows Keras. It is imported when a fit asks for it and not before: that takes
seconds, and forecasts do without.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.predictors.base import Bools, CannotFit, Floats, Table
from models.predictors.deep_network import (
    CONVOLUTIONS,
    HAZARD,
    HIDDEN,
    Layout,
    Weights,
    inputs_of,
)

BACKENDS = ("torch", "tensorflow")
INSTALL = "pip install forewarn[deep-torch] or pip install forewarn[deep-tensorflow]"
# Longer steps than this are one odd batch, not a direction.
LONGEST_GRADIENT = 1.0


class DeepUnavailable(CannotFit):
    """Keras, or a backend for it, is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """How to teach: `steps` batches of `batch` rows, a learning rate that falls to nothing.

    Weights decay by learning rate x `weight_decay` a step; every value is blurred by `noise`
    spreads, anew in each batch.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    noise: float
    seed: int


def teach(
    weights: Weights, layout: Layout, X: Table, events: Bools, watched: Floats, lessons: Lessons
) -> Weights:
    """Return the weights after learning rows X (n, d) with their bins (n, bins).

    The loss is the negative log likelihood of the watched bins, which may be weighted (Gensheimer
    and Narasimhan, A scalable discrete-time survival model for neural networks, 2019). Raise
    DeepUnavailable.
    """
    keras = import_keras()
    model = network(keras, weights, layout)
    falling = keras.optimizers.schedules.CosineDecay(lessons.learning_rate, lessons.steps)
    optimizer = keras.optimizers.AdamW(
        falling, weight_decay=lessons.weight_decay, global_clipnorm=LONGEST_GRADIENT
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer=optimizer, loss=_likelihood(keras), jit_compile=False)
    bins = np.stack([events, watched], axis=2).astype(np.float32)
    random = np.random.default_rng(lessons.seed)
    blur = lessons.noise * np.where(np.isfinite(weights["spread"]), weights["spread"], 0.0)
    for rows in _batches(len(X), lessons, random):
        blurred = X[rows] + blur * random.standard_normal((len(rows), X.shape[1]), np.float32)
        model.train_on_batch(_for_keras(blurred, layout, weights), bins[rows])
    return weights | _taught(model)


def network(keras: Any, weights: Weights, layout: Layout) -> Any:
    """Return the Keras model of log odds with these weights; `log_odds` is its twin."""
    layers, filters, width = keras.layers, _size(weights, "far"), _size(weights, HIDDEN)
    rest = keras.Input((2 * len(layout.rest),))
    asked, flat = [rest], rest
    if len(layout.series):
        channels, windows = layout.series.shape
        series = past = keras.Input((windows, 2 * channels))
        for name, reach in CONVOLUTIONS.items():
            past = layers.Conv1D(
                filters,
                reach,
                padding="causal",
                activation="relu",
                data_format="channels_last",
                name=name,
            )(past)
        asked = [series, rest]
        flat = layers.Concatenate()([layers.Reshape((windows * filters,))(past), rest])
    hidden = layers.Dense(width, activation="relu", name=HIDDEN)(flat)
    model = keras.Model(asked, layers.Dense(_size(weights, HAZARD), name=HAZARD)(hidden))
    for layer in _with_weights(model):
        layer.set_weights([weights[f"{layer.name}.kernel"], weights[f"{layer.name}.bias"]])
    return model


def import_keras() -> Any:
    """Return Keras on KERAS_BACKEND, else on PyTorch where installed, else on TensorFlow.

    One thread, so that a result depends on no number of cores. Raise DeepUnavailable.
    """
    backend = os.environ.get("KERAS_BACKEND") or next(filter(find_spec, BACKENDS), None)
    if backend not in BACKENDS or not find_spec(backend) or not find_spec("keras"):
        wanted = f" with KERAS_BACKEND={backend}" if backend else ""
        raise DeepUnavailable(f"The deep predictor cannot learn here{wanted}: {INSTALL}.")
    os.environ["KERAS_BACKEND"] = backend  # Keras reads it once, while being imported
    keras = import_module("keras")
    _use_one_thread(keras.backend.backend())
    return keras


def _use_one_thread(backend: str) -> None:
    if backend == "torch":
        import_module("torch").set_num_threads(1)
        return
    threading = import_module("tensorflow").config.threading
    if threading.get_intra_op_parallelism_threads() != 1:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)


def _likelihood(keras: Any) -> Any:
    ops = keras.ops

    def loss(bins: Any, odds: Any) -> Any:
        events, watched = bins[:, :, 0], bins[:, :, 1]
        return ops.sum(watched * (ops.softplus(odds) - events * odds), axis=1)

    return loss


def _batches(
    rows: int, lessons: Lessons, random: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Batches of one size, every row once before any comes again; numpy's order on any backend."""
    size = min(lessons.batch, rows)
    waiting = np.empty(0, np.intp)
    for _ in range(lessons.steps):
        if len(waiting) < size:
            waiting = np.concatenate([waiting, random.permutation(rows)])
        yield waiting[:size]
        waiting = waiting[size:]


def _for_keras(X: Table, layout: Layout, weights: Weights) -> list[NDArray[np.float32]]:
    series, rest = inputs_of(X, layout, weights)
    told = [series, rest] if len(layout.series) else [rest]
    return [part.astype(np.float32) for part in told]


def _taught(model: Any) -> Weights:
    weights: Weights = {}
    with warnings.catch_warnings():
        # Keras 3.15 hands its variables to numpy 2 without the new `copy` keyword.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        for layer in _with_weights(model):
            weights[f"{layer.name}.kernel"], weights[f"{layer.name}.bias"] = layer.get_weights()
    return weights


def _with_weights(model: Any) -> list[Any]:
    return [layer for layer in model.layers if layer.weights]


def _size(weights: Weights, layer: str) -> int:
    """Number of values a layer says; 0 where there is none of this name."""
    return len(weights.get(f"{layer}.bias", ()))
