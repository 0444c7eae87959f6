"""What may be said of a storm."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.inputs.base import Input


class RefuseStorm(Input):
    """Why the suggestions a storm holds are not wanted."""

    note: Annotated[str, Field(min_length=3, max_length=500)]
