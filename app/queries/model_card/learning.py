"""What a class version says of how it was learned, for people; what an old one lacks is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.instants import from_micros

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoldLine:
    """One origin of the back-test: learned before it, tested after it."""

    origin: datetime | None
    rows: int
    events: int
    log_scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class TriedLine:
    """One configuration that was tried: what it sees, how far it got, and what became of it."""

    recipe: str
    sees: str
    folds: int
    log_score: float | None
    cpu_seconds: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lives ended inside the stated 80 % interval, censoring accounted for.

    share None: too few lives for a share. `counts` are plain numbers by name.
    """

    share: float | None
    lives: int
    effective: float | None
    counts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How risks were put on the scale of failures; `effective` is the weight behind it."""

    kind: str
    sentence: str
    events: int | None
    effective: float | None


@dataclass(frozen=True, slots=True)
class Penalty:
    """What `own` predictors lose against the class's on the same rows; the smaller, the better."""

    own: float
    of_class: float
    rows: int


FEW_LIVES = 10


def folds(told: Told) -> tuple[FoldLine, ...]:
    """The folds of one mode, oldest first."""
    return tuple(
        FoldLine(
            origin=moment(fold.get("origin")),
            rows=int(fold.get("rows") or 0),
            events=int(fold.get("events") or 0),
            log_scores={str(k): number(v) for k, v in (fold.get("log_score") or {}).items()},
        )
        for fold in facts(told).get("folds") or ()
    )


def tried(told: Told) -> tuple[TriedLine, ...]:
    """Every configuration of one mode, the best of the furthest first."""
    lines = [
        TriedLine(
            recipe=str(row.get("recipe", "")),
            sees=str(row.get("sees", "")),
            folds=int(row.get("folds") or 0),
            log_score=number(row.get("log_score")),
            cpu_seconds=number(row.get("cpu_seconds")),
            verdict=str(row.get("verdict", "")),
        )
        for row in facts(told).get("tried") or ()
    ]
    return tuple(sorted(lines, key=_rank))


def _rank(line: TriedLine) -> tuple[int, float, str]:
    return -line.folds, float("inf") if line.log_score is None else line.log_score, line.recipe


def coverage(told: Told) -> Coverage | None:
    """The interval coverage of one mode; a share only from ten lives on."""
    said = facts(told).get("coverage_80")
    if not isinstance(said, Mapping):
        return None
    lives = int(said.get("lives") or 0)
    counts = said.get("counts")
    plain = counts if isinstance(counts, Mapping) else {}
    return Coverage(
        share=number(said.get("share")) if lives >= FEW_LIVES else None,
        lives=lives,
        effective=number(said.get("effective")),
        counts={str(k): float(v) for k, v in plain.items() if number(v) is not None},
    )


def calibration(told: Told) -> Calibration | None:
    """How the risks of one mode were calibrated."""
    said = facts(told).get("calibration")
    if not isinstance(said, Mapping):
        return None
    events = number(said.get("events"))
    return Calibration(
        kind=str(said.get("kind", "")),
        sentence=str(said.get("sentence", "")),
        events=None if events is None else int(events),
        effective=number(said.get("effective")),
    )


def penalty(told: Told) -> Penalty | None:
    """What a machine's own predictor of one group lost, where rows of both were compared."""
    said = told.get("own")
    if not isinstance(said, Mapping):
        return None
    own, of_class = number(said.get("log_score")), number(said.get("class_log_score"))
    rows = int(number(said.get("rows")) or 0)
    return None if own is None or of_class is None or not rows else Penalty(own, of_class, rows)


def features(metrics: Told) -> tuple[str, ...]:
    """What the predictors look at, as labels; names may come with labels or be the labels."""
    names = metrics.get("names") or ()
    labels: Sequence[Any] = list(names.values()) if isinstance(names, Mapping) else list(names)
    return tuple(str(label) for label in labels)


def libraries(metrics: Told) -> dict[str, str]:
    """Library -> version it was learned with."""
    said = metrics.get("libraries")
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, Mapping) else {}


def facts(told: Told) -> dict[str, Any]:
    """A mode's row with its metrics: what is told of it stands in either."""
    return {**(told.get("metrics") or {}), **told}


def moment(said: object) -> datetime | None:
    """An instant written as microseconds UTC or as ISO text."""
    if isinstance(said, str):
        given = datetime.fromisoformat(said)
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    return from_micros(int(said)) if isinstance(said, int | float) else None


def number(said: object) -> float | None:
    """A finite number, or None."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if abs(said) != float("inf") and said == said else None
