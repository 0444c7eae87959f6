"""May this predictor raise orders? Decided per class and mode, never per machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.metrics import bootstrap_means, decision_costs, log_losses
from models.spec import CostSpec

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
State = Literal["open", "unproven", "closed"]

MIN_EVENTS = 8
# The gate opens when at least this share of the bootstrap draws says "better", rival by rival.
CONFIDENCE = 0.9
# From this share on it is better, if not surely: worth a suggestion that a planner approves.
LIKELY = 0.5
NEVER = 2.0  # a threshold no risk reaches
RIVALS: Mapping[str, str] = {"reference": "the age rule", "limit": "the best single limit"}


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict, the numbers it rests on and one sentence for the page.

    `log_scores` and `costs` by forecaster (hazard, reference, limit), mean per decision; `shares`
    are the shares of bootstrap draws in which the hazard was better, by "rival measure".
    """

    mode: str
    state: State
    events: int
    machines: int
    threshold: float
    log_scores: Mapping[str, float]
    costs: Mapping[str, float]
    shares: Mapping[str, float]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries and numbers."""
        return asdict(self)


def order_threshold(costs: CostSpec) -> float:
    """Return the risk from which an inspection pays; above 1 when it never does."""
    saved = saved_by_warning(costs)
    return costs.inspection / saved if saved > 0 else NEVER


def saved_by_warning(costs: CostSpec) -> float:
    """Return what an alarm saves on average when the machine would have failed."""
    return costs.detection_share * (costs.unplanned - costs.planned)


def judge(
    mode: str,
    *,
    name: str = "",
    risks: Mapping[str, Floats],
    failed: Bools,
    machine: NDArray[np.intp],
    events: int,
    costs: CostSpec,
    seed: int,
) -> Gate:
    """Return the verdict on out-of-fold risks of "hazard", "reference" and "limit".

    All are (n,) for the order rule's window; `failed` says what happened, `machine` whose row it
    is, `events` counts the distinct failures and confirmed faults among the rows. `name` is what
    people call the mode.
    """
    if events < MIN_EVENTS:
        return _unproven(mode, name or mode, events, order_threshold(costs))
    losses = {name: _losses(risk, failed, costs) for name, risk in risks.items()}
    means = {name: loss.mean(axis=0) for name, loss in losses.items()}
    shares = _shares(losses, machine, seed)
    state = _state(min(shares.values()))
    log_scores = {name: float(mean[0]) for name, mean in means.items()}
    saved = {name: float(mean[1]) for name, mean in means.items()}
    return Gate(
        mode=mode,
        state=state,
        events=events,
        machines=len(np.unique(machine)),
        threshold=order_threshold(costs),
        log_scores=log_scores,
        costs=saved,
        shares=shares,
        sentence=_sentence(state, name or mode, events, log_scores, shares),
    )


def _state(weakest: float) -> State:
    """Surely better opens; likely better waits for more evidence; the rest closes."""
    if weakest >= CONFIDENCE:
        return "open"
    return "unproven" if weakest >= LIKELY else "closed"


def _losses(risk: Floats, failed: Bools, costs: CostSpec) -> Floats:
    """Log loss and cost of each decision, (n, 2)."""
    cost = decision_costs(
        risk,
        failed,
        threshold=order_threshold(costs),
        inspection=costs.inspection,
        saved=saved_by_warning(costs),
    )
    return np.column_stack([log_losses(risk, failed), cost])


def _shares(losses: Mapping[str, Floats], machine: NDArray[np.intp], seed: int) -> dict[str, float]:
    """Share of draws in which the hazard has the smaller mean loss, by rival and measure."""
    rivals = [name for name in RIVALS if name in losses]
    gaps = np.column_stack([losses[rival] - losses["hazard"] for rival in rivals])
    _, index = np.unique(machine, return_inverse=True)
    totals = np.stack([np.bincount(index, weights=g) for g in gaps.T], axis=1).astype(float)
    counts = np.bincount(index).astype(float)
    better = (bootstrap_means(totals, counts, seed=seed) > 0).mean(axis=0)
    names = [f"{rival} {measure}" for rival in rivals for measure in ("log score", "cost")]
    return {name: float(share) for name, share in zip(names, better, strict=True)}


def _unproven(mode: str, name: str, events: int, threshold: float) -> Gate:
    sentence = (
        f"Unproven: {events} of the {MIN_EVENTS} failures or confirmed faults of {name} that a "
        "proof needs fell into the tested time. Orders wait for approval."
    )
    return Gate(mode, "unproven", events, 0, threshold, {}, {}, {}, sentence)


def _sentence(
    state: State, name: str, events: int, scores: Mapping[str, float], shares: Mapping[str, float]
) -> str:
    numbers = (
        f"log score {scores['hazard']:.4f} against {scores['reference']:.4f} of the age rule and "
        f"{scores['limit']:.4f} of the best single limit"
    )
    if state == "open":
        return (
            f"Open: on {events} failures of {name} it never saw, the predictor beats the age rule "
            f"and the best single limit in accuracy and in cost ({numbers})."
        )
    if state == "unproven":
        lost = _in_words({name: s for name, s in shares.items() if s < CONFIDENCE})
        return (
            f"Unproven: on {events} failures of {name} it is better, but not surely, in {lost} "
            f"({numbers}). Orders wait for approval."
        )
    lost = _in_words({name: share for name, share in shares.items() if share < LIKELY})
    return (
        f"Closed: on {events} failures of {name} it is not reliably better in {lost} ({numbers})."
    )


def _in_words(shares: Mapping[str, float]) -> str:
    """Say in what, and in how many draws of the machines it was."""
    words = []
    for name, share in shares.items():
        rival, measure = name.split(" ", 1)
        words.append(
            f"{measure} than {RIVALS[rival]}, in {100 * share:.0f} of 100 draws of machines"
        )
    return " and ".join(words)
