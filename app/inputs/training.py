"""What may be asked of the trainer."""

from __future__ import annotations

from typing import Literal

from app.inputs.base import Input


class AskForRun(Input):
    """A night now, or once more the machines that failed in the last one."""

    kind: Literal["run_now", "retry_failed"] = "run_now"
