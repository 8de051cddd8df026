"""Who may send which file, and the moment from which the platform answers for it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.ingestion.uploading import store
from dataviz_pipelines.core.ingestion.uploading.errors import (
    InvalidUploadError,
    TemplateInactiveError,
)
from dataviz_pipelines.core.ingestion.uploading.receiving import MIB, ReceivedFile
from dataviz_pipelines.core.ingestion.uploading.store import Template
from dataviz_pipelines.core.security.caller import Caller

TABLE: Final = "upload_history"


@dataclass(frozen=True)
class Wish:
    """What is sent beside a file. The template may be named by its id, by its name, or by the upload whose rejected rows
    the file brings back corrected."""

    template_id: UUID | None = None
    template: str | None = None
    resend_of: UUID | None = None
    is_dry_run: bool = False

    @property
    def names_template(self) -> bool:
        return (self.template_id or self.template or self.resend_of) is not None


@dataclass(frozen=True)
class Admission:
    """What the caller may send."""

    template: Template
    max_bytes: int


def largest_bytes(connection: Connection, caller: Caller) -> int:
    """What no file may exceed, whatever its template. Raises PermissionDeniedError for who may send none."""
    caller.require("uploads:create")
    return store.largest_upload_bytes(connection)


def admit(connection: Connection, caller: Caller, wish: Wish) -> Admission:
    """Raises InvalidUploadError, also for what the caller may not see, PermissionDeniedError and TemplateInactiveError."""
    template_id = _template_of_first(connection, caller, wish) or wish.template_id
    name = None if template_id else wish.template
    template = store.visible_template(connection, caller, template_id=template_id, name=name)
    if template is None:
        place = "/template" if wish.template_id is None else "/template_id"
        raise InvalidUploadError("There is no such upload template.", place=place)
    _refuse_two_templates(wish, template)
    require_active(template)
    max_bytes = min(template.max_file_size_mb * MIB, largest_bytes(connection, caller))
    return Admission(template, max_bytes)


def accept(
    connection: Connection, caller: Caller, file: ReceivedFile, wish: Wish, template: Template
) -> None:
    """From the commit on, the upload is loaded once, whatever is killed. The file has to be sealed."""
    store.insert_upload(
        connection,
        {
            "id": file.upload_id,
            "template_id": template.id,
            "file_name": file.file_name,
            "file_size_bytes": file.size_bytes,
            "stored_path": str(file.path),
            "parent_upload_id": wish.resend_of,
            "is_dry_run": wish.is_dry_run,
        },
    )
    facts = {
        "file_name": file.file_name,
        "size_bytes": file.size_bytes,
        "template": template.name,
        "is_dry_run": wish.is_dry_run,
    }
    note_deed(connection, caller, "upload", file.upload_id, facts)
    store.wake_workers(connection)


def require_active(template: Template) -> None:
    if not template.is_active:
        raise TemplateInactiveError(
            f"The template {template.name} is not active.",
            remedy="Activate it, or use another one.",
        )


def note_deed(
    connection: Connection, caller: Caller, deed: str, upload_id: UUID, facts: dict[str, object]
) -> None:
    note(
        connection,
        deed,
        user_id=caller.user_id,
        origin=caller.origin,
        resource_type=TABLE,
        resource_id=upload_id,
        details=facts,
    )


def _template_of_first(connection: Connection, caller: Caller, wish: Wish) -> UUID | None:
    if wish.resend_of is None:
        return None
    template_id = store.template_of_visible_upload(connection, caller, wish.resend_of)
    if template_id is None:
        raise InvalidUploadError(f"There is no upload {wish.resend_of}.", place="/resend_of")
    return template_id


def _refuse_two_templates(wish: Wish, template: Template) -> None:
    for place, asked, found in (
        ("/template_id", wish.template_id, template.id),
        ("/template", wish.template, template.name),
    ):
        if asked is not None and asked != found:
            raise InvalidUploadError(
                f"It contradicts what else is sent, which means the template {template.name}.",
                place=place,
            )
