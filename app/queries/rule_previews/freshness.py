"""What is kept in memory rests on these: when any of it changes, it is read anew."""

from __future__ import annotations

from collections.abc import Hashable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.back_tests import BackTest
from app.db.predictions import ClassVersion, Forecast
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import Finding, WorkOrder

_FORETOLD = (Forecast, ClassVersion)
_RECORDED = (Failure, ServiceRecord, Finding)


def newest_night(session: Session) -> Hashable:
    """The newest forecast and gates, neither of which is ever changed once it is written, and the
    back-tests there are: one that takes the place of another has a newer version."""
    asked = [sa.select(sa.func.max(kind.id)).scalar_subquery() for kind in _FORETOLD]
    for told in (sa.func.count(), sa.func.max(BackTest.predictor_version_id)):
        asked.append(sa.select(told).select_from(BackTest).scalar_subquery())
    return tuple(session.execute(sa.select(*asked)).one())


def newest_records(session: Session) -> Hashable:
    """The newest order, and the state of the records: how many, and when the last was written."""
    asked = [sa.select(sa.func.max(WorkOrder.id)).scalar_subquery()]
    for records in _RECORDED:
        for told in (sa.func.count(), sa.func.max(records.id), sa.func.max(records.recorded_at)):
            asked.append(sa.select(told).select_from(records).scalar_subquery())
    return tuple(session.execute(sa.select(*asked)).one())
