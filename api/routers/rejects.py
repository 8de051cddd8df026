"""The rows of an upload that were refused: the first of them, and a file of all."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import FileResponse, Response

from api.answers import answer_page
from api.deps import Edge, Requires
from api.queries import ListQuery, list_query, listing
from api.resources import PREFIX, REJECTED_ROWS, UPLOADS
from api.schemas.base import page_of
from api.schemas.uploads import RejectedRowRead
from api.uploading.state import Uploading
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.ingestion.uploading.rejecting import RejectFile, reject_file
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/uploads/{{id}}", tags=["uploads"])


class RejectFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


_TYPES: Final = {
    RejectFormat.CSV: "text/csv; charset=utf-8",
    RejectFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CONTENT: Final[dict[str, Any]] = {
    media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for media_type in _TYPES.values()
}
Viewing = Annotated[Edge, Depends(Requires("uploads:view", rows=True))]
Asked = list_query(REJECTED_ROWS)


@router.get("/rejects", operation_id="list_rejected_rows", response_model=page_of(RejectedRowRead))
def list_rejected_rows(id: UUID, query: Annotated[Asked, Query()], edge: Viewing) -> Response:  # type: ignore[valid-type]  # made at run time
    """The first of them, in the order of the file; the reject file has them all."""
    return answer_page(edge.read(partial(_page, upload_id=id, query=query)))


@router.get(
    "/reject-file",
    operation_id="download_reject_file",
    response_class=FileResponse,
    responses={200: {"description": "The file.", "content": _CONTENT}},
)
def download_reject_file(
    id: UUID, edge: Viewing, request: Request, format: RejectFormat = RejectFormat.CSV
) -> Response:
    """All rejected rows, with their reasons, to be corrected and sent again. Cells that a spreadsheet would take for
    formulas begin with an apostrophe."""
    found = edge.read(partial(_reject_file, upload_id=id))
    uploading: Uploading = request.app.state.uploading
    path = found.path
    if format is RejectFormat.XLSX:
        path = uploading.workbooks.of(found.path)
    name = f"{Path(found.file_name).stem}-rejects.{format.value}"
    return FileResponse(path, media_type=_TYPES[format], filename=name)


def _reject_file(connection: Connection, caller: Caller, upload_id: UUID) -> RejectFile:
    crud.get_row(connection, caller, UPLOADS, upload_id)
    return reject_file(connection, upload_id)


def _page(connection: Connection, caller: Caller, upload_id: UUID, query: ListQuery) -> crud.Page:
    crud.get_row(connection, caller, UPLOADS, upload_id)
    asked = listing(query, REJECTED_ROWS, within={"upload_id": upload_id})
    return crud.list_rows(connection, caller, REJECTED_ROWS, asked)
