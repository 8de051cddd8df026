"""The statements by which tests of the drop box look behind it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, update

from dataviz_pipelines.core.models.scheduler import SchedulerJobRun
from dataviz_pipelines.core.models.uploads import UploadBatch, UploadTemplate


def deactivate_template(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(UploadTemplate).where(UploadTemplate.name == name).values(is_active=False)
        )


def batch_facts(engine: Engine, batch_id: UUID) -> tuple[str, int, int]:
    """Status, attempt and number of files."""
    with engine.begin() as connection:
        row = connection.execute(
            select(UploadBatch.status, UploadBatch.attempt, UploadBatch.file_count).where(
                UploadBatch.id == batch_id
            )
        ).one()
        return row.status, row.attempt, row.file_count


def job_runs(engine: Engine) -> list[Any]:
    """Rows with the columns of `scheduler_job_runs`; oldest first."""
    with engine.begin() as connection:
        table = SchedulerJobRun.__table__
        return list(connection.execute(select(*table.columns).order_by(table.c.id)))
