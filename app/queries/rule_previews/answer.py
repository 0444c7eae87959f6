"""The whole answer of a preview: counts, months, the orders themselves, and one more a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.risk import OrderRule
from app.domain.roles import Scope
from app.queries.order_rules import machines_with_own_rule
from app.queries.rule_previews.back_tests import forecasts
from app.queries.rule_previews.counting import Counted, Counts, counted
from app.queries.rule_previews.coverage import Coverage, coverage
from app.queries.rule_previews.engine import decided, wanted
from app.queries.rule_previews.freshness import newest_night, newest_records
from app.queries.rule_previews.lines import MissedLine, OrderLine, missed_lines, order_lines
from app.queries.rule_previews.machines import Key, keys_of
from app.queries.rule_previews.months import Month, months
from app.queries.rule_previews.past import Past, past_of
from app.queries.rule_previews.shelf import Shelf

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Marginal:
    """What one more order a crew and week would have brought, on top."""

    orders: int
    useful: int
    vain: int
    saving: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have done from *since* to *until*.

    `coverage` says what it rests on. `in_force` is the same for the rule in force, None when that
    is the one tried. `marginal` is None where there is no budget.
    """

    since: datetime
    until: datetime
    coverage: Coverage
    machines: int
    counts: Counts
    in_force: Counts | None
    marginal: Marginal | None
    months: tuple[Month, ...]
    orders: tuple[OrderLine, ...]
    missed: tuple[MissedLine, ...]


def rule_preview(
    session: Session,
    *,
    scope: Scope,
    class_id: int,
    equipment_id: int | None = None,
    rule: OrderRule,
    in_force: OrderRule,
    shelf: Shelf,
    now: datetime,
    zone: ZoneInfo,
) -> Preview:
    """Try *rule* on the past year of a class's machines that follow its rule, or of one machine.

    The past is read once and kept on *shelf*; another rule on the same past answers at once.
    """
    own = machines_with_own_rule(session, class_id=class_id, now=now)
    keys = keys_of(
        session,
        scope=scope,
        class_id=class_id,
        only=equipment_id,
        without=own if equipment_id is None else frozenset(),
    )
    since = _year_before(now)
    past = _past(session, keys, class_id, shelf, since=since, now=now)
    return _preview(past, rule, in_force, since=since, now=now, zone=zone)


def _past(
    session: Session,
    keys: tuple[Key, ...],
    class_id: int,
    shelf: Shelf,
    *,
    since: datetime,
    now: datetime,
) -> Past:
    """The year, from the shelf as far as it is there. Forecasts change once a night, records all
    day long: a finding does not make the forecasts be read again."""
    night = (class_id, keys, since, newest_night(session))
    return shelf.get(
        (*night, newest_records(session)),
        lambda: past_of(
            session,
            keys,
            shelf.get(night, lambda: forecasts(session, keys, since=since)),
            since=since,
            now=now,
        ),
    )


def tried(past: Past, rule: OrderRule, *, now: datetime) -> tuple[Counted, Marginal | None]:
    """One rule on one past, with one order more a week."""
    asked = wanted(past, rule)
    orders, more = decided(past, rule, asked)
    found = counted(past, rule, orders, now=now)
    if more is None:
        return found, None
    return found, _marginal(found.counts, counted(past, rule, more, now=now).counts)


def _year_before(now: datetime) -> datetime:
    """A year back, at the beginning of the day: the same all day long."""
    return (now - YEAR).replace(hour=0, minute=0, second=0, microsecond=0)


def _preview(
    past: Past,
    rule: OrderRule,
    in_force: OrderRule,
    *,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Preview:
    found, marginal = tried(past, rule, now=now)
    return Preview(
        since=since,
        until=now,
        coverage=coverage(past),
        machines=len({key.equipment_id for key in past.keys}),
        counts=found.counts,
        in_force=None if in_force == rule else tried(past, in_force, now=now)[0].counts,
        marginal=marginal,
        months=months(past, found, since=since, now=now, zone=zone),
        orders=order_lines(past, rule, found),
        missed=missed_lines(past, found),
    )


def _marginal(now: Counts, more: Counts) -> Marginal:
    return Marginal(
        orders=more.tally.orders - now.tally.orders,
        useful=more.tally.useful - now.tally.useful,
        vain=more.tally.vain - now.tally.vain,
        saving=more.saving.likely - now.saving.likely,
    )
