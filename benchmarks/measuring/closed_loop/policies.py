"""What other policies would have cost the same plant with the same luck.

Run to failure: the plant's own services only. Calendar: a component is renewed as soon as it has
run so many days since its last renewal, whatever it looks like; the best interval for each
component of a class is chosen afterwards, as nobody could have. Always: every component is looked
at whenever an order could have been raised, and renewed when the look finds a defect.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cli.demo.chance import whim
from app.cli.demo.technician import BAD
from benchmarks.measuring.closed_loop.setting import DAY, Setting
from sample_data import Day, Plant
from sample_data.rows import CostsRow

MORNING = timedelta(hours=8)
INTERVALS = (30, 45, 60, 90, 120, 180, 270, 365)
"""Days between two renewals by the calendar."""

Part = tuple[str, str]
"""Tag and component."""
Bill = Mapping[Part, float]
"""Money by part."""


@dataclass(frozen=True, slots=True)
class Others:
    """Money of the whole plant over the whole time."""

    run_to_failure: float
    calendar: float
    intervals: Mapping[str, int | None]
    always: float


def others(setting: Setting) -> Others:
    """Live through *setting* without the product; the same seed as with it."""
    nothing = _lived(setting, _nobody)
    bills: dict[int | None, Bill] = {None: nothing}
    bills |= {days: _calendar(setting, days) for days in INTERVALS}
    best = _best(bills, _kinds(setting))
    return Others(
        run_to_failure=sum(nothing.values()),
        calendar=sum(bill for bill, _ in best.values()),
        intervals={" ".join(kind): days for kind, (_, days) in sorted(best.items())},
        always=_always(setting),
    )


def _nobody(_plant: Plant, _day: int) -> list[Part]:
    return []


def _lived(setting: Setting, renews: Callable[[Plant, int], Iterable[Part]]) -> Bill:
    """The bill of a plant where every morning some parts are renewed."""
    plant, bill = setting.plant(), defaultdict[Part, float](float)
    plant.advance(setting.history_days)
    costs = {machine.tag: machine.facts.costs for machine in plant.machines}
    for day in range(setting.days):
        for tag, component in renews(plant, day):
            plant.repair(tag, component, plant.now + MORNING)
        _charge(bill, costs, plant.step_day())
    return bill


def _charge(bill: dict[Part, float], costs: Mapping[str, CostsRow], day: Day) -> None:
    for row in day.failures:
        bill[row.tag, row.component] += costs[row.tag].unplanned
    for service in day.services:
        if service.planned and service.component is not None:
            bill[service.tag, service.component] += costs[service.tag].planned


def _calendar(setting: Setting, interval: int) -> Bill:
    """Renewals by the calendar; a part's first age is unknown, so it starts with the time lived."""
    renewed: dict[Part, datetime] = {}

    def due(plant: Plant, _: int) -> list[Part]:
        late = [
            part
            for part in _parts(plant)
            if plant.now - renewed.setdefault(part, plant.now) >= interval * DAY
        ]
        renewed.update(dict.fromkeys(late, plant.now))
        return late

    return _lived(setting, due)


def _always(setting: Setting) -> float:
    """An order always open: a look at every part, as often as a night could ask for one."""
    looks = Counter[Part]()

    def look(plant: Plant, day: int) -> list[Part]:
        if day % setting.days_per_night:
            return []
        looks.update(_parts(plant))
        return [
            (tag, component)
            for tag, component in _parts(plant)
            if plant.condition(tag, component) in BAD
            and whim(plant.seed, "always", tag, component, day).random() < setting.manners.detects
        ]

    bill = _lived(setting, look)
    costs = {machine.tag: machine.facts.costs for machine in setting.plant().machines}
    return sum(bill.values()) + sum(n * costs[tag].inspection for (tag, _), n in looks.items())


def _parts(plant: Plant) -> list[Part]:
    return [(m.tag, part.code) for m in plant.present() for part in m.facts.components]


def _kinds(setting: Setting) -> dict[Part, Part]:
    """Tag and component -> class and component: one interval is set for all machines of a class."""
    return {
        (machine.tag, part.code): (machine.facts.code, part.code)
        for machine in setting.plant().machines
        for part in machine.facts.components
    }


def _best(
    bills: Mapping[int | None, Bill], kinds: Mapping[Part, Part]
) -> dict[Part, tuple[float, int | None]]:
    """The cheapest interval (None: never) for each kind, with its money."""
    summed = {days: defaultdict[Part, float](float) for days in bills}
    for days, bill in bills.items():
        for part, money in bill.items():
            summed[days][kinds[part]] += money
    return {
        kind: min(((summed[days][kind], days) for days in bills), key=lambda found: found[0])
        for kind in dict.fromkeys(kinds.values())
    }
