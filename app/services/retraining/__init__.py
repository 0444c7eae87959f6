"""The nightly conveyor: the only room of the application that imports the prediction library.

plan       which machines, which have not changed
loader     what a worker is sent: where to read, not what was read
classes    samples and the class stage
machines   the machine stage
store      one outcome, one transaction
conveyor   the night from opening the run to closing it
"""

from __future__ import annotations

from app.services.retraining.conveyor import run_night
from app.services.retraining.night import NightOrder, NightReport, Progress

__all__ = ["NightOrder", "NightReport", "Progress", "run_night"]
