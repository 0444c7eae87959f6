"""The product's alarms and those of its peers, on the same nights, scored the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.measuring.age_rule import AgeRule, learn_ages
from benchmarks.measuring.as_of_nights import Night, Told
from benchmarks.measuring.event_scores import Window, event_scores, judge, merge
from benchmarks.measuring.record import ANY, Part, Record
from benchmarks.measuring.row_scores import Rows, judged_rows, precision_scores
from benchmarks.measuring.scoring import DAY_US, YEAR_DAYS

Key = tuple[int, str, int]
"""Machine, component ("any": the machine), night."""
NEVER = 2.0  # a threshold no risk reaches


@dataclass(frozen=True, slots=True)
class Rules:
    """Until when the order rule looks, the horizon an alarm counts for, and its least lead."""

    window: timedelta
    horizon: timedelta
    lead: timedelta


@dataclass(frozen=True, slots=True)
class Warned:
    """What one rule said: the nights of its alarms, and a risk (or score) for every row."""

    alarms: Sequence[Key]
    risks: Mapping[Key, float]


def rivals(record: Record, lived: Sequence[Night], rules: Rules) -> dict[str, dict[str, Any]]:
    """Return the scores of every rule by name; "forewarn" is the product's own."""
    horizon = _micros(rules.horizon)
    at = [night.at for night in lived]
    window = Window(_micros(rules.lead), horizon, at[0], at[-1], record.until)
    rows = judged_rows(record, at, horizon)
    warned: dict[str, Warned] = {
        "forewarn": _told(lived, lambda told: told.is_alarm),
        "without rung and gate": _told(lived, lambda told: told.risk >= told.threshold),
        "age rule": _by_age(record, lived, rules),
        "own profile": _by_profile(record, lived),
        "alarm always": _always(record, at),
        "alarm never": Warned((), {}),
    }
    return {name: _scored(one, record, rows, window) for name, one in warned.items()}


def _scored(warned: Warned, record: Record, rows: Rows, window: Window) -> dict[str, Any]:
    alarms = merge((key for key in warned.alarms if key not in record.ends), window.horizon)
    judged = judge(alarms, record.failures, record.faults, record.machines, window)
    years = (window.last + window.horizon - window.first) / (YEAR_DAYS * DAY_US)
    events = event_scores(judged, years_each=years)
    return {
        **events,
        **precision_scores(rows, rows.risks(warned.risks), len(record.machines)),
        "rows": len(rows.keys),
        "rows_with_event": int(rows.failed.sum()),
        "intervals_90": events["intervals_90"],
    }


def _told(lived: Sequence[Night], is_alarm: Callable[[Told], bool]) -> Warned:
    told = [(night.at, one) for night in lived for one in night.told]
    return Warned(
        alarms=[(one.machine, one.mode, at) for at, one in told if is_alarm(one)],
        risks={(one.machine, one.mode, at): one.risk_ahead for at, one in told},
    )


def _by_age(record: Record, lived: Sequence[Night], rules: Rules) -> Warned:
    """The same order rule on what ages alone say; learned anew on every night of a refit."""
    threshold = next((told.threshold for night in lived for told in night.told), NEVER)
    days = [_micros(length) / DAY_US for length in (rules.window, rules.horizon)]
    alarms, risks = list[Key](), dict[Key, float]()
    for at, rule, part in _aged(record, lived, days):
        near, ahead = (rule.risk(part, at, length) for length in days)
        risks[part.machine, part.mode, at] = ahead
        if near >= threshold:
            alarms.append((part.machine, part.mode, at))
    return Warned(alarms, risks)


def _aged(
    record: Record, lived: Sequence[Night], days: Sequence[float]
) -> Iterator[tuple[int, AgeRule, Part]]:
    rule = AgeRule({})
    for night in lived:
        rule = learn_ages(record.parts, night.at, days) if night.is_refit else rule
        for part in record.parts:
            if part.since <= night.at:
                yield night.at, rule, part


def _by_profile(record: Record, lived: Sequence[Night]) -> Warned:
    """The machine's furthest role against its own limit; it never says which component."""
    alarms, risks = list[Key](), dict[Key, float]()
    for night in lived:
        deviating = (machine for machine, one in night.profiles.items() if one.is_deviating)
        alarms += [(machine, ANY, night.at) for machine in deviating]
        for part in record.parts:
            known = night.profiles.get(part.machine)
            risks[part.machine, part.mode, night.at] = (known.score if known else None) or 0.0
    return Warned(alarms, risks)


def _always(record: Record, at: Sequence[int]) -> Warned:
    alarms = [(machine, ANY, night) for machine in record.machines for night in at]
    return Warned(alarms, {})


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
