"""Messages of machines as they come from a program, many at a time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.inputs.base import Input
from app.inputs.records import RecordEvent

MOST_EVENTS = 1_000


class RecordEvents(Input):
    """Messages in any order; all of them are taken, or the first that cannot be read is named."""

    events: Annotated[list[RecordEvent], Field(min_length=1, max_length=MOST_EVENTS)]
