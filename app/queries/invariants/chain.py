"""Is the audit log as it was written?"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.domain.sealing import GENESIS, seal

_CHUNK = 1_000


def breaks(session: Session) -> Iterator[str]:
    """Rows that were changed, and places where rows are missing; the first bad row comes first."""
    columns = AuditRow.__table__.c
    previous = GENESIS
    wanted = sa.select(*columns).order_by(columns.id).execution_options(yield_per=_CHUNK)
    with session.execute(wanted) as rows:
        for row in rows.mappings():
            if row["previous"] != previous:
                yield f"audit row {row['id']} does not follow the row before it"
            content = {name: row[name] for name in row if name not in ("id", "seal")}
            if seal(**content) != row["seal"]:
                yield f"audit row {row['id']} was changed after it was written"
            previous = row["seal"]
