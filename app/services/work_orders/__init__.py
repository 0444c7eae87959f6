"""Deeds on work orders: raise, move through the table of states, complete, assign, comment.

Every deed takes the order's id, the version the person saw (None = whatever it is) and raises
NotFound, Stale, NotAllowed, TransitionRefused or RuleBroken before anything is written.
"""

from __future__ import annotations

from app.services.work_orders.absorbing import HOSTS, absorb
from app.services.work_orders.acting import act
from app.services.work_orders.completing import complete, undo
from app.services.work_orders.dismissing import dismiss, snooze
from app.services.work_orders.editing import assign, comment
from app.services.work_orders.inspecting import inspect
from app.services.work_orders.ledger import remember, write_new
from app.services.work_orders.moving import (
    accept,
    cancel,
    close,
    hold,
    plan,
    resume,
    rework,
    start,
    take,
)
from app.services.work_orders.raising import breakdown, raise_order

__all__ = [
    "HOSTS",
    "absorb",
    "accept",
    "act",
    "assign",
    "breakdown",
    "cancel",
    "close",
    "comment",
    "complete",
    "dismiss",
    "hold",
    "inspect",
    "plan",
    "raise_order",
    "remember",
    "resume",
    "rework",
    "snooze",
    "start",
    "take",
    "undo",
    "write_new",
]
