"""A recipe takes another's place only on forecasts both issued before anything was known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db.predictions import (
    Artifact,
    ClassRecipe,
    ClassVersion,
    Forecast,
    ForecastScore,
    RecipeRole,
)
from app.domain.roles import system
from app.services.retraining import contests
from models.recipes import BY_NAME, RECIPES
from tests.unit.models.learned_fleet import class_model

BY = system("night")
DAY = timedelta(days=1)
CHAMPION, SHADOW = RECIPES[0].name, RECIPES[1].name


@pytest.fixture
def duel(database, make, now):
    """A champion and a shadow of pump bearings; call it to judge one forecast of each."""
    class_id = make.equipment_class("pump").id
    run = make.run()
    with database.transaction() as session:
        for recipe, role in ((CHAMPION, RecipeRole.CHAMPION), (SHADOW, RecipeRole.SHADOW)):
            session.add(
                ClassRecipe(
                    equipment_class_id=class_id,
                    mode_group="bearing",
                    recipe=recipe,
                    role=role,
                    run_id=run.id,
                    since=now - 300 * DAY,
                    explored_at=now - 2 * DAY,
                )
            )
        session.add(Artifact(digest="0" * 64, size=0, content=b""))
        session.flush()
        session.add(
            ClassVersion(
                run_id=run.id,
                equipment_class_id=class_id,
                as_of=now,
                created_at=now,
                artifact_digest="0" * 64,
                metrics={"modes": [{"mode": "bearing", "group": "bearing"}]},
            )
        )

    def judged(tag: str, day: int, *, served: float, watched: float, failed: bool) -> None:
        machine = make.equipment(tag)
        at = now - (200 - day) * DAY
        night = make.run(on=at.date(), as_of=at, issued_at=at)
        forecast = make.forecast(machine, risk=served, run=night)
        with database.transaction() as session:
            session.get_one(Forecast, forecast.id).peers = {"shadow": watched}
            session.add(
                ForecastScore(
                    forecast_id=forecast.id,
                    equipment_id=machine.id,
                    mode="bearing",
                    as_of=at,
                    hours=forecast.risk_hours,
                    risk=served,
                    has_failed=failed,
                    is_punctual=True,
                    run_id=night.id,
                    scored_at=now,
                )
            )

    return class_id, judged


def roles(database, class_id: int) -> dict[str, RecipeRole]:
    with database.reading() as session:
        rows = session.query(ClassRecipe).filter_by(equipment_class_id=class_id).all()
        return {row.recipe: row.role for row in rows}


def promote(database, class_id: int, now) -> None:
    with database.transaction() as session:
        contests.promote(session, class_id=class_id, at=now, by=BY)


def live(judged, *, machines: int, better: bool) -> None:
    """Each machine fails once; the shadow saw it coming, or cried wolf instead."""
    sharp, dull = (0.9, 0.2), (0.1, 0.2)
    for k in range(machines):
        for day, failed in ((10 * k, False), (10 * k + 1, True)):
            told = sharp if failed == better else dull
            judged(f"P-{k}", day, served=told[1], watched=told[0], failed=failed)


def test_a_shadow_that_saw_eight_failures_coming_takes_over(database, duel, now) -> None:
    class_id, judged = duel
    live(judged, machines=8, better=True)

    promote(database, class_id, now)

    assert roles(database, class_id) == {
        CHAMPION: RecipeRole.RETIRED,
        SHADOW: RecipeRole.CHAMPION,
    }
    with database.reading() as session:
        reasons = {row.recipe: row.reason for row in session.query(ClassRecipe)}
    assert reasons[SHADOW].startswith(f"Better than {CHAMPION}: log score 0.1054 against")
    assert "on 16 forecasts as issued with 8 failures" in reasons[SHADOW]


def test_seven_failures_decide_nothing(database, duel, now) -> None:
    class_id, judged = duel
    live(judged, machines=7, better=True)

    promote(database, class_id, now)

    assert roles(database, class_id)[CHAMPION] is RecipeRole.CHAMPION


def test_a_shadow_that_was_worse_is_given_up(database, duel, now) -> None:
    class_id, judged = duel
    live(judged, machines=8, better=False)

    promote(database, class_id, now)

    assert roles(database, class_id) == {
        CHAMPION: RecipeRole.CHAMPION,
        SHADOW: RecipeRole.RETIRED,
    }


def test_races_are_run_once_a_week_and_never_by_a_light_refit(database, duel, now) -> None:
    class_id, _ = duel

    def found(at, *, is_light: bool = False):
        with database.reading() as session:
            return contests.contests(
                session, class_id=class_id, predictor="class", at=at, is_light=is_light
            )["bearing"]

    young, due = found(now), found(now + 5 * DAY)
    light = found(now + 5 * DAY, is_light=True)

    assert young.compared == light.compared == (BY_NAME[CHAMPION],)
    assert due.compared == RECIPES
    assert young.champion == due.champion == BY_NAME[CHAMPION]
    assert young.shadow == BY_NAME[SHADOW]


def test_what_was_judged_later_decides_nothing_earlier(database, duel, now) -> None:
    class_id, judged = duel
    live(judged, machines=8, better=True)

    promote(database, class_id, now - DAY)

    assert roles(database, class_id)[CHAMPION] is RecipeRole.CHAMPION


def test_a_night_run_again_later_is_told_by_the_recipe_of_then(database, make, duel, now) -> None:
    class_id, judged = duel
    live(judged, machines=8, better=True)
    modes = [{"mode": "bearing", "group": "bearing", "recipe": CHAMPION}]
    run = make.run(on=(now - DAY).date())
    with database.transaction() as session:
        session.add(
            ClassVersion(
                run_id=run.id,
                equipment_class_id=class_id,
                as_of=now - DAY,
                created_at=now,
                artifact_digest="0" * 64,
                metrics={"modes": modes},
            )
        )
    promote(database, class_id, now)

    def serving(at) -> str:
        with database.reading() as session:
            found = contests.contests(
                session, class_id=class_id, predictor="class", at=at, is_light=False
            )
        return found["bearing"].champion.name

    assert (serving(now - DAY), serving(now)) == (CHAMPION, SHADOW)


def test_a_shadow_is_unknown_to_the_nights_before_it(database, duel, now) -> None:
    class_id, _ = duel

    with database.reading() as session:
        then = contests.contests(
            session, class_id=class_id, predictor="class", at=now - 301 * DAY, is_light=False
        )

    assert then["bearing"].shadow is None


def test_the_first_race_crowns_and_a_later_one_only_watches(database, make, now) -> None:
    class_id, run = make.equipment_class("pump").id, make.run()
    first = class_model()
    group = first.groups[0]
    better = next(recipe.name for recipe in RECIPES if recipe.name != group.recipe)
    later = replace(first, groups=(replace(group, shadow_recipe=better), *first.groups[1:]))

    for model, at in ((first, now), (later, now + 8 * DAY)):
        with database.transaction() as session:
            contests.keep(session, class_id=class_id, run_id=run.id, model=model, at=at)

    with database.reading() as session:
        rows = [row for row in session.query(ClassRecipe) if row.mode_group == group.group.name]
        told = {row.recipe: (row.role, row.since, row.explored_at) for row in rows}
    assert told[group.recipe] == (RecipeRole.CHAMPION, now, now + 8 * DAY)
    assert told[better][0] is RecipeRole.SHADOW


def test_a_champion_that_a_release_dropped_makes_room_for_the_winner(database, make, now) -> None:
    class_id, run, model = make.equipment_class("pump").id, make.run(), class_model()
    group = model.groups[0]
    with database.transaction() as session:
        session.add(
            ClassRecipe(
                equipment_class_id=class_id,
                mode_group=group.group.name,
                recipe="of an older release",
                role=RecipeRole.CHAMPION,
                run_id=run.id,
                since=now - 9 * DAY,
                explored_at=now - 9 * DAY,
            )
        )

    with database.transaction() as session:
        contests.keep(session, class_id=class_id, run_id=run.id, model=model, at=now)

    with database.reading() as session:
        rows = [row for row in session.query(ClassRecipe) if row.mode_group == group.group.name]
        assert {row.recipe: row.role for row in rows} == {
            "of an older release": RecipeRole.RETIRED,
            group.recipe: RecipeRole.CHAMPION,
        }
