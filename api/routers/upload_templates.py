"""Templates are checked in full before they are saved."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer_row
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import DATA_SOURCES, PREFIX, UPLOAD_TEMPLATES
from api.schemas.uploads import UploadTemplateCreate, UploadTemplateRead, UploadTemplateUpdate
from dataviz_pipelines.core.ingestion.templates.editing import change_template, create_template
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/upload-templates", tags=["uploads"])

Creating = Annotated[Edge, Depends(Requires("upload_templates:create"))]
Editing = Annotated[Edge, Depends(Requires("upload_templates:edit", rows=True))]


@router.post(
    "",
    operation_id="create_upload_template",
    response_model=UploadTemplateRead,
    status_code=201,
    responses={201: Etag},
)
def create(body: UploadTemplateCreate, request: Request, edge: Creating, once: Once) -> Response:
    """Every mistake is named with its place."""
    functions = request.app.state.functions

    def work(connection: Connection, caller: Caller) -> Response:
        row = create_template(
            connection,
            caller,
            UPLOAD_TEMPLATES,
            body.values(),
            functions=functions,
            sources=DATA_SOURCES,
        )
        return answer_row(row, status=201, location=f"{router.prefix}/{row['id']}")

    return once.write(edge, work)


@router.patch(
    "/{id}",
    operation_id="update_upload_template",
    response_model=UploadTemplateRead,
    responses={200: Etag},
)
def change(
    id: UUID,
    body: UploadTemplateUpdate,
    request: Request,
    edge: Editing,
    if_match: IfMatch = None,
) -> Response:
    """The whole that comes of it is checked. Files that wait are loaded with the template as it is then."""
    values: dict[str, Any] = body.values()
    functions = request.app.state.functions
    work = partial(
        change_template,
        collection=UPLOAD_TEMPLATES,
        template_id=id,
        values=values,
        functions=functions,
        sources=DATA_SOURCES,
        if_match=if_match,
    )
    return answer_row(edge.write(work))
