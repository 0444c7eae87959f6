"""Every invariant that can be asked of the database; `violations` asks them all.

Tests, fault tests and `forewarn verify` use the same list. A new invariant is one function that
yields sentences, and one line in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.queries.invariants import (
    chain,
    health,
    integrity,
    order_history,
    orders,
    policy,
    readings,
    scores,
    training,
)

MOST_PER_CHECK = 20

Check = Callable[[Session], Iterable[str]]

CHECKS: dict[str, Check] = {
    "the database file is whole": integrity.damage,
    "every reference leads somewhere": integrity.dangling_references,
    "the audit chain is unbroken": chain.breaks,
    "one open predictive order per machine and mode": orders.doubled_predictions,
    "one order per schedule and occurrence": orders.doubled_occurrences,
    "a predictive order has its forecast": orders.predictions_without_evidence,
    "an absorbed decision joins work of its machine": policy.lost_absorbed,
    "one storm waits over a class": policy.doubled_storms,
    "an order of a storm is raised once, on a word": policy.stray_storm_orders,
    "one open order per machine and limit": policy.doubled_limits,
    "an order of a limit fits it": policy.foreign_limits,
    "a withdrawn rule was never in force": policy.half_withdrawn_rules,
    "one open suggested inspection per machine": health.doubled_inspections,
    "a suggested inspection has its deviation": health.inspections_without_a_deviation,
    "a health verdict fits what was seen": health.unfounded_health,
    "a label review is whole": health.half_reviewed_labels,
    "an order's moments fit its state": orders.missing_moments,
    "an order stays within its site": orders.foreign_teams,
    "what an order found belongs to its machine": orders.foreign_records,
    "an order's history leads to its state": order_history.broken_histories,
    "history and audit match one to one": order_history.unmatched_audits,
    "one current predictor per machine": training.doubled_predictors,
    "a current predictor has its artifact": training.bad_artifacts,
    "a back-test is whole and ends before the first forecast": training.bad_back_tests,
    "one night per site and date": training.doubled_nights,
    "a finished run is done and adds up": training.unfinished_business,
    "a forecast belongs to a machine of its run": training.stray_forecasts,
    "a risk is a probability": training.impossible_risks,
    "a judged forecast says what was issued": scores.foreign_scores,
    "no forecast is judged before its time": scores.early_scores,
    "every reading has its sensor": readings.orphans,
    "hours equal the readings in them": readings.wrong_hours,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, and where."""

    invariant: str
    what: str


def violations(session: Session) -> list[Violation]:
    """Everything that does not hold; at most 20 sentences per invariant."""
    found = []
    for name, check in CHECKS.items():
        # Closing a check that was cut short closes its cursor, too.
        with closing(_answers(session, check)) as answers:
            found += [Violation(name, what) for what in islice(answers, MOST_PER_CHECK)]
    return found


def _answers(session: Session, check: Check) -> Generator[str, None, None]:
    """The check's sentences; a database that cannot answer is a violation, too."""
    try:
        yield from check(session)
    except DBAPIError as trouble:
        yield f"cannot be asked: {trouble.orig}"
