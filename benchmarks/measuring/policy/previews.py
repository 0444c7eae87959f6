"""How fast a preview answers, position by position of its sliders, against going row by row."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from app.db import Database
from app.domain.risk import Basis, OrderRule
from app.domain.roles import EVERYWHERE
from app.queries.rule_previews.answer import tried
from app.queries.rule_previews.back_tests import forecasts
from app.queries.rule_previews.engine import Raised, decided, wanted
from app.queries.rule_previews.machines import keys_of
from app.queries.rule_previews.past import Past, past_of
from benchmarks.measuring.empty_plants import empty_plant
from benchmarks.measuring.policy import naive
from benchmarks.measuring.policy.writing import write_crews, write_year
from benchmarks.measuring.policy.years import MACHINES_A_CREW, MODES, MadeYear, made_year
from benchmarks.measuring.report import say

SEED = 5
FIRST = datetime(2025, 1, 1, 2, tzinfo=UTC)
RULE = OrderRule()
PLAIN = replace(RULE, basis=Basis.THRESHOLD)
# The rule in force first, as a page asks it; then twenty ways to move the sliders.
POSITIONS: tuple[OrderRule, ...] = (
    *(replace(PLAIN, risk_threshold=risk) for risk in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)),
    *(replace(RULE, inspection_cost=cost) for cost in (0.5, 2.0, 4.0)),
    *(replace(RULE, unplanned_cost=cost) for cost in (15.0, 50.0)),
    *(replace(RULE, lead=timedelta(days=days)) for days in (1, 2, 5)),
    *(replace(RULE, weekly_budget=budget) for budget in (1, 6, None)),
    *(replace(RULE, cooldown=timedelta(days=days)) for days in (2, 21)),
)
# A position answers in hundredths of a second: of several tries the one least disturbed.
REPEATS = 5
_Answer = TypeVar("_Answer")


class Differs(AssertionError):
    """The two ways raised different orders: one of them is wrong, and no time counts."""


def measure_previews(machines: int, nights: int) -> dict[str, Any]:
    """Write the year, read it, try every position both ways."""
    with empty_plant() as plant:
        database = plant.database()
        made, class_id = _written(database, machines, nights)
        first, past = _timed(lambda: _first(database, class_id, made))
        say(f"read {len(past.end_at)} forecasts in {first:.1f} s")
        compared = [_compare(past, made, rule) for rule in POSITIONS]
    times = [here for here, _ in compared]
    naives = [there for _, there in compared]
    return {
        "machines": machines,
        "nights": nights,
        "forecasts": machines * nights * len(MODES),
        "positions": len(POSITIONS),
        "preview_first_s": round(first, 3),
        "preview_next_ms": round(1_000 * max(times), 2),
        "preview_next_mean_ms": round(1_000 * sum(times) / len(times), 2),
        "naive_ms": round(1_000 * sum(naives) / len(naives), 1),
        "speedup": round(min(there / here for here, there in compared), 1),
    }


def _written(database: Database, machines: int, nights: int) -> tuple[MadeYear, int]:
    say("making up a year ...")
    with database.transaction() as session:
        crews = write_crews(session, -(-machines // MACHINES_A_CREW))
    made = made_year(SEED, machines=machines, nights=nights, first=FIRST, crews=crews)
    say("writing it ...")
    with database.transaction() as session:
        return made, write_year(session, made)


def _first(database: Database, class_id: int, made: MadeYear) -> Past:
    """Read everything, and answer for the rule in force."""
    with database.reading() as session:
        keys = keys_of(session, scope=EVERYWHERE, class_id=class_id)
        rows = forecasts(session, keys, since=made.since)
        past = past_of(session, keys, rows, since=made.since, now=made.now)
    tried(past, RULE, now=made.now)
    return past


def _compare(past: Past, made: MadeYear, rule: OrderRule) -> tuple[float, float]:
    """Seconds of one position here and there; raise Differs unless both raise the same orders."""
    here = min(_timed(lambda: tried(past, rule, now=made.now))[0] for _ in range(REPEATS))
    there, told = _timed(lambda: _naive(made, rule))
    found = decided(past, rule, wanted(past, rule))
    if [plain(past, one) for one in found] != list(told):
        raise Differs(f"not the same orders by {rule}")
    say(f"{len(told[0].orders)} orders: {1_000 * here:.1f} ms, {there:.2f} s")
    return here, there


def plain(past: Past, raised: Raised | None) -> naive.Answer | None:
    """The product's answer in the words of the naive one."""
    if raised is None:
        return None
    parts = [naive.Part(key.tag, key.mode, key.equipment_id) for key in past.keys]
    columns = (past.issued.at[raised.rows].tolist(), past.issued.key[raised.rows].tolist())
    orders = tuple((at, parts[key]) for at, key in zip(*columns, strict=True))
    return naive.Answer(orders, raised.storms)


def _naive(made: MadeYear, rule: OrderRule) -> tuple[naive.Answer, naive.Answer | None]:
    """The same question without preparation: the rule, and one order more a week."""
    if rule.weekly_budget is None:
        return naive.tried(made.year, rule), None
    more = replace(rule, weekly_budget=rule.weekly_budget + 1)
    return naive.tried(made.year, rule), naive.tried(made.year, more)


def _timed(deed: Callable[[], _Answer]) -> tuple[float, _Answer]:
    started = time.perf_counter()
    answer = deed()
    return time.perf_counter() - started, answer
