"""Which recipe serves a class: chosen by a race, replaced only by one that proved itself as issued.

The first race of a group makes its winner champion. Later races, once a week, make a better one
the shadow: it foretells every night beside the champion, is told to nobody, and takes its place
when the forecasts both issued before anything was known say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import ClassRecipe, ClassVersion, Forecast, ForecastScore, RecipeRole
from app.domain.roles import Actor
from app.services import audit
from models import ClassModel, Contest, GroupModel
from models.metrics import bootstrap_means, log_losses
from models.recipes import BY_NAME, DEEP, RECIPES, Recipe

EXPLORE_EVERY = timedelta(days=7)
# Distinct failures both must have been judged by, as for the gate.
MIN_EVENTS = 8
# Share of bootstrap draws over machines that must agree.
CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class Duel:
    """Champion and shadow on the same forecasts as issued; mean log scores, smaller is better."""

    rows: int
    failures: int
    champion: float
    shadow: float
    share_better: float


def contests(
    session: Session, *, class_id: int, predictor: str, at: datetime, is_light: bool
) -> dict[str, Contest]:
    """The contest of each group that has a champion; the others compare everything.

    Those in a role at *at*: a night that is run again later is told by the recipe of then.
    *is_light*: a quick refit compares nothing, and the library knows.
    """
    if predictor == "deep":
        return {}
    rows = _in_role(session, class_id)
    champions = {row.mode_group: row for row in rows if row.role is RecipeRole.CHAMPION}
    shadows = {
        row.mode_group: row for row in rows if row.role is RecipeRole.SHADOW and row.since <= at
    }
    found = {}
    for group, row in champions.items():
        champion, shadow = _serving(session, row, at), _recipe(shadows.get(group))
        if champion is None or champion is DEEP:
            continue
        is_due = not is_light and at - row.explored_at >= EXPLORE_EVERY
        found[group] = Contest(RECIPES if is_due else (champion,), champion, shadow)
    return found


def keep(
    session: Session,
    *,
    class_id: int,
    run_id: int,
    model: ClassModel,
    at: datetime,
) -> None:
    """Remember who serves and who is watched after a fit, as of *at*."""
    known = {(row.mode_group, row.role): row for row in _in_role(session, class_id)}
    for group in model.groups:
        if len(group.tried) < 2 or not group.metrics["folds"]:
            continue
        champion = known.get((group.group.name, RecipeRole.CHAMPION))
        if champion is not None and champion.recipe != group.recipe:
            # A later release no longer has the champion's recipe, so the race was an open one.
            champion.role, champion.reason = RecipeRole.RETIRED, "No longer among the recipes."
            champion = None
        if champion is None:
            reason = f"Won the race of {len(group.tried)} recipes on rows none had seen."
            _add(session, class_id, run_id, group, group.recipe, RecipeRole.CHAMPION, at, reason)
        else:
            champion.explored_at = at
        _keep_shadow(
            session,
            class_id,
            run_id,
            group,
            known.get((group.group.name, RecipeRole.SHADOW)),
            at,
        )


def promote(session: Session, *, class_id: int, at: datetime, by: Actor) -> None:
    """Let a shadow take its champion's place, or give it up, where the forecasts as issued say so.

    Needs `MIN_EVENTS` failures judged for both by *at*.
    """
    rows = _in_role(session, class_id)
    champions = {row.mode_group: row for row in rows if row.role is RecipeRole.CHAMPION}
    for shadow in [row for row in rows if row.role is RecipeRole.SHADOW]:
        champion = champions.get(shadow.mode_group)
        duel = _duel(session, shadow, at)
        if champion is None or duel is None or duel.failures < MIN_EVENTS:
            continue
        said = (
            f"log score {duel.shadow:.4f} against {duel.champion:.4f} on {duel.rows} forecasts as "
            f"issued with {duel.failures} failures"
        )
        if duel.share_better >= CONFIDENCE:
            champion.role = RecipeRole.RETIRED
            champion.reason = f"Beaten by {shadow.recipe}: {said}."
            shadow.role, shadow.since = RecipeRole.CHAMPION, at
            shadow.reason = f"Better than {champion.recipe}: {said}."
            _audit(session, shadow, "promoted", champion.recipe, at, by)
        elif duel.share_better <= 1.0 - CONFIDENCE:
            shadow.role, shadow.reason = RecipeRole.RETIRED, f"Not better: {said}."
            _audit(session, shadow, "given_up", champion.recipe, at, by)


def _keep_shadow(
    session: Session,
    class_id: int,
    run_id: int,
    group: GroupModel,
    known: ClassRecipe | None,
    at: datetime,
) -> None:
    if known is not None and known.recipe != group.shadow_recipe:
        known.role, known.reason = RecipeRole.RETIRED, "No longer the best of the race."
        known = None
    if known is None and group.shadow_recipe:
        scores = {row["recipe"]: row["log_score"] for row in group.tried}
        reason = (
            f"Best of the race: log score {scores[group.shadow_recipe]:.4f} against "
            f"{scores[group.recipe]:.4f} of {group.recipe}. Watched until failures decide."
        )
        _add(session, class_id, run_id, group, group.shadow_recipe, RecipeRole.SHADOW, at, reason)


def _add(
    session: Session,
    class_id: int,
    run_id: int,
    group: GroupModel,
    recipe: str,
    role: RecipeRole,
    at: datetime,
    reason: str,
) -> None:
    session.add(
        ClassRecipe(
            equipment_class_id=class_id,
            mode_group=group.group.name,
            recipe=recipe,
            role=role,
            run_id=run_id,
            since=at,
            explored_at=at,
            reason=reason,
        )
    )


def _audit(
    session: Session, row: ClassRecipe, action: str, against: str, at: datetime, by: Actor
) -> None:
    audit.record(
        session,
        entity="class_recipe",
        entity_id=row.id,
        action=action,
        changes={"recipe": row.recipe, "against": against, "reason": row.reason},
        now=at,
        by=by,
    )


def _in_role(session: Session, class_id: int) -> list[ClassRecipe]:
    return list(
        session.scalars(
            sa.select(ClassRecipe)
            .where(
                ClassRecipe.equipment_class_id == class_id,
                ClassRecipe.role != RecipeRole.RETIRED,
            )
            .order_by(ClassRecipe.id)
        )
    )


def _recipe(row: ClassRecipe | None) -> Recipe | None:
    """The declared recipe of a row; None when a later release no longer has it."""
    return None if row is None else BY_NAME.get(row.recipe)


def _serving(session: Session, champion: ClassRecipe, at: datetime) -> Recipe | None:
    """What served a group at *at*: the champion, or before its time what the class then said."""
    if champion.since <= at:
        return _recipe(champion)
    metrics = session.scalar(
        sa.select(ClassVersion.metrics)
        .where(
            ClassVersion.equipment_class_id == champion.equipment_class_id,
            ClassVersion.as_of <= at,
        )
        .order_by(ClassVersion.as_of.desc(), ClassVersion.id.desc())
        .limit(1)
    )
    told = [m for m in (metrics or {}).get("modes", []) if m["group"] == champion.mode_group]
    return BY_NAME.get(told[0]["recipe"]) if told else _recipe(champion)


def _duel(session: Session, shadow: ClassRecipe, at: datetime) -> Duel | None:
    """Both on every forecast judged by *at* since the shadow is watched; None without any."""
    rows = list(_judged(session, shadow, at))
    if not rows:
        return None
    machine, failed, served, watched = (np.array(column) for column in zip(*rows, strict=True))
    losses = [log_losses(risk.astype(float), failed) for risk in (served, watched)]
    _, index = np.unique(machine, return_inverse=True)
    gains = np.bincount(index, weights=losses[0] - losses[1]).astype(float)[:, None]
    counts = np.bincount(index).astype(float)
    better = bootstrap_means(gains, counts, seed=shadow.id) > 0
    return Duel(
        rows=len(rows),
        failures=_failures(machine, failed),
        champion=float(losses[0].mean()),
        shadow=float(losses[1].mean()),
        share_better=float(better.mean()),
    )


def _failures(machine: np.ndarray, failed: np.ndarray) -> int:
    """Distinct failures: forecasts of one machine that follow each other foretell the same one."""
    same = (machine[1:] == machine[:-1]) & failed[:-1]
    return int((failed & ~np.concatenate([[False], same])).sum())


def _judged(
    session: Session, shadow: ClassRecipe, at: datetime
) -> Iterator[tuple[str, bool, float, float]]:
    """(machine and mode, failed, risk as issued, the shadow's risk), in order of time."""
    modes = _modes(session, shadow)
    found = session.execute(
        sa.select(
            ForecastScore.equipment_id,
            ForecastScore.mode,
            ForecastScore.has_failed,
            Forecast.risk,
            Forecast.peers,
        )
        .join(Forecast, Forecast.id == ForecastScore.forecast_id)
        .join(Equipment, Equipment.id == ForecastScore.equipment_id)
        .where(
            Equipment.equipment_class_id == shadow.equipment_class_id,
            ForecastScore.mode.in_(modes),
            ForecastScore.hours == Forecast.risk_hours,
            ForecastScore.is_punctual,
            ForecastScore.has_failed.is_not(None),
            ForecastScore.as_of >= shadow.since,
            ForecastScore.scored_at <= at,
        )
        .order_by(ForecastScore.equipment_id, ForecastScore.mode, ForecastScore.as_of)
    )
    for equipment_id, mode, has_failed, risk, peers in found:
        if "shadow" in peers:
            yield f"{equipment_id} {mode}", bool(has_failed), risk, peers["shadow"]


def _modes(session: Session, row: ClassRecipe) -> list[str]:
    """The modes of a group, as the newest version of its class has them."""
    metrics = session.scalar(
        sa.select(ClassVersion.metrics)
        .where(ClassVersion.equipment_class_id == row.equipment_class_id)
        .order_by(ClassVersion.id.desc())
        .limit(1)
    )
    told = (metrics or {}).get("modes", [])
    return [mode["mode"] for mode in told if mode["group"] == row.mode_group]
