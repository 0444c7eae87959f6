"""Codes of equipment."""

from __future__ import annotations

from enum import StrEnum


class Criticality(StrEnum):
    """How much the plant depends on the machine."""

    A = "A"
    B = "B"
    C = "C"


class Status(StrEnum):
    """Whether the machine is part of today's plant."""

    IN_SERVICE = "in_service"
    STANDBY = "standby"
    OUT_OF_SERVICE = "out_of_service"
    RETIRED = "retired"


class Predictor(StrEnum):
    """Which predictor a class is served by: the class's, each machine's own, or the deep one."""

    CLASS = "class"
    OWN = "own"
    DEEP = "deep"
