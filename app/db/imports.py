"""Files on their way in: uploaded, mapped, checked, imported."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded


class ImportState(StrEnum):
    """How far a file has come."""

    UPLOADED = "uploaded"
    CHECKED = "checked"
    FINISHED = "finished"
    DISCARDED = "discarded"


class ImportFile(Base):
    """One file. Its content is kept until it is imported or discarded, its report for good.

    `mapping` says which column of the file fills which field; `report` is that of the last dry
    run or of the import itself.
    """

    __tablename__ = "import_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    state: Mapped[ImportState] = mapped_column(coded(ImportState, "state"))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
