"""What operating regimes are worth on machines that run at distinct operating points.

Made-up fans change between six operating points every few hours; before each failure their
vibration climbs by far less than it differs from point to point. The class's hazard, out of fold,
once with the regimes its own survey finds in the condition sensors and once without: average
precision and Brier skill of "fails within the next day".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from benchmarks.measuring.fans import MODE, SPEC, Fan, regimes_of, worn
from benchmarks.measuring.report import as_json, say, tell, versions
from models.engines import Lost, SerialEngine
from models.fleet import fit_classes
from models.samples import build_sample
from models.spec import ClassSpec


@click.command()
@click.option("--machines", type=click.IntRange(2), default=10, show_default=True)
@click.option("--days", type=click.IntRange(60), default=240, show_default=True)
@as_json
def command(machines: int, days: int, as_json: bool) -> None:
    """Learn from so many fans over so many days, with regimes and without."""
    fans = [worn(f"F-{k}", k, days=days) for k in range(machines)]
    spec = replace(SPEC, modes=(MODE,))
    found = regimes_of(fans, spec)
    say("learning without regimes, then with them ...")
    report = {
        "machines": machines,
        "days": days,
        "failures": sum(len(fan.history.failures.at) for fan in fans),
        "regimes": 1 if found is None else len(found),
        "class hazard": {
            "without regimes": scores(fans, spec),
            "with regimes": scores(fans, replace(spec, regimes=found)),
        },
    }
    tell(report | {"versions": versions()}, as_json=as_json)


def scores(fans: Sequence[Fan], spec: ClassSpec) -> dict[str, Any]:
    """Average precision and Brier skill of the class's back-test at the first horizon."""
    samples = [build_sample(fan.history, spec) for fan in fans]
    ((_, model),) = fit_classes({spec.code: samples}, {spec.code: spec}, SerialEngine())
    if isinstance(model, Lost):
        raise click.ClickException(f"The class could not be learned: {model.reason}")
    told = model.groups[0].metrics["horizons"][str(spec.horizons[0])]["hazard"]
    return {name: told[name] for name in ("average_precision", "brier_skill", "log_score")}


if __name__ == "__main__":
    command()
