"""The table of marks beside the tables that are loaded."""

from uuid import UUID

from dataviz_pipelines.core.ingestion.destinations.base import Mark
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import Table
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails

NAME = "dataviz_uploads"
_COLUMNS = "upload_id, template_id, file_hash, accepted, rejected, details"


def create(session: Session, schema: str) -> None:
    session.execute(
        f"""
        CREATE TABLE IF NOT EXISTS {Table(schema, NAME).quoted} (
            upload_id char(36) NOT NULL PRIMARY KEY,
            template_id char(36) NOT NULL,
            file_hash char(64) NOT NULL,
            accepted bigint NOT NULL,
            rejected bigint NOT NULL,
            details longtext CHARACTER SET utf8mb4 NOT NULL,
            loaded_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
            UNIQUE KEY (template_id, file_hash)
        ) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin
          COMMENT 'DataViz: uploads whose rows are in this database'
        """
    )


def find(session: Session, schema: str, upload_id: UUID) -> Mark | None:
    rows = session.rows(
        f"SELECT {_COLUMNS} FROM {Table(schema, NAME).quoted} WHERE upload_id = %s",
        [str(upload_id)],
    )
    if not rows:
        return None
    upload, template, file_hash, accepted, rejected, details = rows[0]
    return Mark(
        UUID(upload),
        UUID(template),
        file_hash,
        accepted,
        rejected,
        UploadDetails.model_validate_json(details),
    )


def of_content(session: Session, schema: str, mark: Mark) -> UUID | None:
    """The upload that has marked the same content of the template."""
    rows = session.rows(
        f"SELECT upload_id FROM {Table(schema, NAME).quoted} WHERE template_id = %s AND file_hash = %s",
        [str(mark.template_id), mark.file_hash],
    )
    return UUID(rows[0][0]) if rows else None


def insert(session: Session, schema: str, mark: Mark) -> None:
    session.execute(
        f"INSERT INTO {Table(schema, NAME).quoted} ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)",
        [
            str(mark.upload_id),
            str(mark.template_id),
            mark.file_hash,
            mark.accepted,
            mark.rejected,
            mark.details.model_dump_json(),
        ],
    )


def delete(session: Session, schema: str, upload_id: UUID) -> None:
    session.execute(
        f"DELETE FROM {Table(schema, NAME).quoted} WHERE upload_id = %s", [str(upload_id)]
    )


def delete_of_template(session: Session, schema: str, template_id: UUID) -> None:
    session.execute(
        f"DELETE FROM {Table(schema, NAME).quoted} WHERE template_id = %s", [str(template_id)]
    )
