"""The seal of an audit row: a hash over its content and the seal of the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

GENESIS = "0" * 64


def seal(
    *,
    previous: str,
    at: datetime,
    by_id: int | None,
    by_name: str,
    action: str,
    entity: str,
    entity_id: str,
    changes: Mapping[str, Any],
) -> str:
    """SHA-256 in hex; *changes* must survive JSON, for it is read back from there."""
    content = [previous, at.isoformat(), by_id, by_name, action, entity, entity_id, changes]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
