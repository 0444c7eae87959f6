"""The night's work without the night: one process, one plain loop, nothing stored.

    python -m benchmarks.measuring.one_by_one DATABASE_URL

The yardstick of `benchmarks.night`: the same samples, fits and machines by the same functions of
the library. Prints the CPU seconds of the process and what it did, as JSON.
"""

from __future__ import annotations

import json
import sys
import time

from app.db import Database
from app.services.retraining.plan import ClassPlan, plan_night
from benchmarks.measuring.plants import LAST_DECISION
from models import ClassModel, Trained, build_sample, fit_classes
from models.engines import Lost, SerialEngine
from models.training import train_machine


def main(url: str) -> None:
    """Train every machine of the database, one after the other."""
    with Database(url, pooled=False).reading() as session:
        plans = plan_night(
            session,
            run_id=0,
            site_id=None,
            as_of=LAST_DECISION,
            tags=(),
            is_refit=True,
            is_forced=True,
        )
    trained = sum(_train(plan, url) for plan in plans)
    print(json.dumps({"trained": trained, "cpu_seconds": time.process_time()}))


def _train(plan: ClassPlan, url: str) -> int:
    tasks = [plan.task(machine, url) for machine in plan.machines]
    model = _class_model(plan, url)
    return sum(isinstance(train_machine(task, model), Trained) for task in tasks)


def _class_model(plan: ClassPlan, url: str) -> ClassModel:
    loads = [plan.task(machine, url).load for machine in plan.machines]
    code = plan.spec.code
    samples = {code: [build_sample(load(), plan.spec) for load in loads]}
    ((_, model),) = fit_classes(samples, {code: plan.spec}, SerialEngine())
    if isinstance(model, Lost):
        raise RuntimeError(model.reason)
    return model


if __name__ == "__main__":
    main(sys.argv[1])
