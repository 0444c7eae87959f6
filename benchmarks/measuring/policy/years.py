"""A made-up year of one class: risks that mostly rise before failures, and false alarms.

Every number comes from the seed. Risks take a few hundred levels only, so that a year of a
thousand machines fits into memory as plain Python rows, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from app.domain.instants import DAY_US, HOUR_US, to_micros
from app.domain.previews import End
from app.domain.savings import chance_of_failure
from app.domain.work_orders import Outcome
from benchmarks.measuring.policy.naive import Crew, Part, Row, Year

Integers = npt.NDArray[np.int64]
MODES = ("bearing", "seal")
EDGES = [24.0, 48, 72, 96, 120, 168, 192, 264, 336, 408, 600, 912, 1368, 2040, 3072]
RISK_HOURS = 96.0
LEVELS = 300
NOTHING_TOLD = -1.0
# Hazards an hour from the lowest level to the highest, and where a healthy part is.
LOWEST, HIGHEST, HEALTHY, RISING = 1e-6, 2e-2, 90, 270
WARNING_DAYS, ALARM_DAYS = 25, 10
LIFE_DAYS, SERVICE_DAYS = 400, 250
MACHINES_A_CREW = 50
FOUND = (Outcome.FAULT_AS_PREDICTED, Outcome.NOTHING_FOUND_REPLACED)
END_BY_OUTCOME = dict(zip(FOUND, (End.CONFIRMED, End.NOTHING_FOUND), strict=True))


@dataclass(frozen=True)
class MadeYear:
    """A year as the naive rule sees it, and the records behind it, by part; microseconds.

    services are (done at, recorded at); findings (at, outcome) of orders raised by predictions.
    """

    since: datetime
    now: datetime
    year: Year
    failures: Mapping[Part, Sequence[int]]
    services: Mapping[Part, Sequence[tuple[int, int]]]
    findings: Mapping[Part, Sequence[tuple[int, Outcome]]]
    borders: Mapping[int, int]


def made_year(
    seed: int,
    *,
    machines: int,
    nights: int,
    first: datetime,
    crews: Sequence[Crew],
    has_findings: bool = False,
    machines_a_crew: int = MACHINES_A_CREW,
    back_test_nights: int = 0,
) -> MadeYear:
    """The year of *machines*, one forecast a night and mode from *first* on.

    No night issued the first *back_test_nights* of the first machine, a few less or more of the
    others.
    """
    chance = np.random.default_rng(seed)
    at = [to_micros(first) + night * DAY_US for night in range(nights)]
    parts = [Part(f"M-{n:04}", mode, n + 1) for n in range(machines) for mode in MODES]
    failures = {part: _moments(chance, at, LIFE_DAYS) for part in parts}
    planned = {part: _moments(chance, at, SERVICE_DAYS) for part in parts}
    services = {part: _services(failures[part], planned[part]) for part in parts}
    findings = {part: _findings(chance, at) if has_findings else [] for part in parts}
    levels = _levels()
    borders = {n + 1: at[_border(back_test_nights, n, nights)] for n in range(machines)}
    told: dict[int, list[Row]] = {night: [] for night in at}
    for part in parts:
        for night, level in zip(at, _course(chance, at, failures[part]), strict=True):
            told[night].append(_row(part, levels[level], night < borders[part.equipment_id]))
    crew_of = {
        part: crews[(part.equipment_id - 1) // machines_a_crew % len(crews)] for part in parts
    }
    return MadeYear(
        since=first - timedelta(days=1),
        now=first + timedelta(days=nights),
        year=Year(
            nights=told,
            crews=crew_of,
            ends={part: _ends(failures[part], services[part], findings[part]) for part in parts},
            works={part: sorted((max(pair), pair[0]) for pair in services[part]) for part in parts},
            others={crew: _moments(chance, at, nights / 6) for crew in crews},
            looked=_looked(at, crew_of),
        ),
        failures=failures,
        services=services,
        findings=findings,
        borders=borders,
    )


def _border(back_test_nights: int, machine: int, nights: int) -> int:
    """Three machines are issued a forecast three nights after the other."""
    return min(back_test_nights and back_test_nights + machine % 3 * 3, nights - 1)


def _row(part: Part, level: tuple[float, list[float]], is_back_test: bool) -> Row:
    """A back-test keeps less exact numbers, and none beside the curve."""
    risk, survival = level
    if not is_back_test:
        return Row(part, risk, RISK_HOURS, EDGES, survival)
    return Row(
        part, np.nan, NOTHING_TOLD, EDGES, np.array(survival, np.float32).astype(float).tolist()
    )


def _levels() -> list[tuple[float, list[float]]]:
    """Risk and survival curve of each level."""
    hazards = np.geomspace(LOWEST, HIGHEST, LEVELS).tolist()
    curves = [np.exp(-hazard * np.array([0.0, *EDGES])).tolist() for hazard in hazards]
    return [(chance_of_failure(EDGES, curve, RISK_HOURS), curve) for curve in curves]


def _moments(chance: np.random.Generator, at: Sequence[int], mean_days: float) -> list[int]:
    """Moments at random within the nights, so many days apart on average."""
    span = at[-1] - at[0]
    count = chance.poisson(span / DAY_US / mean_days)
    return sorted({int(moment) + at[0] for moment in chance.integers(1, span, count)})


def _services(failures: Sequence[int], planned: Sequence[int]) -> list[tuple[int, int]]:
    """A failure is repaired eight hours later, all is written down half a day after it was done."""
    done = {*(failed + 8 * HOUR_US for failed in failures), *planned}
    return [(moment, moment + 12 * HOUR_US) for moment in sorted(done)]


def _findings(chance: np.random.Generator, at: Sequence[int]) -> list[tuple[int, Outcome]]:
    return [(moment, FOUND[int(chance.integers(2))]) for moment in _moments(chance, at, 60)]


def _course(chance: np.random.Generator, at: Sequence[int], failures: Sequence[int]) -> list[int]:
    """A level a night: healthy with some noise, rising before a failure, alarmed now and then."""
    level = np.full(len(at), float(HEALTHY))
    for alarm in chance.integers(0, len(at), chance.poisson(len(at) / 300)):
        level[alarm : alarm + ALARM_DAYS] = RISING - 40
    for failed in failures:
        days = (failed - np.array(at)) / DAY_US
        warned = (days > 0) & (days < WARNING_DAYS)
        level[warned] = np.maximum(
            level[warned], RISING - (RISING - HEALTHY) * (days[warned] / WARNING_DAYS) ** 2
        )
    noisy = level + chance.normal(0, 15, len(at))
    return np.clip(noisy, 0, LEVELS - 1).astype(int).tolist()


def _ends(
    failures: Sequence[int],
    services: Sequence[tuple[int, int]],
    findings: Sequence[tuple[int, Outcome]],
) -> list[tuple[int, End]]:
    """How the lives of one part ended, in the order of time."""
    return sorted(
        [
            *((at, End.FAILURE) for at in failures),
            *((at, End.CUT) for at, _ in services),
            *((at, END_BY_OUTCOME[outcome]) for at, outcome in findings),
        ]
    )


def _looked(at: Sequence[int], crew_of: Mapping[Part, Crew]) -> Mapping[tuple[int, int], int]:
    """All machines of a site are looked at every night."""
    machines: dict[int, set[int]] = defaultdict(set)
    for part, (site, _) in crew_of.items():
        machines[site].add(part.equipment_id)
    return {(night, site): len(found) for night in at for site, found in machines.items()}
