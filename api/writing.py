"""What requests do to the rows of plain resources, and how that is answered, whichever way they came."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer_row
from api.deps import Edge
from api.resources import Resource
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.security.caller import Caller

LONGEST_MATCH: Final = 1_000
"""Characters of If-Match and If-None-Match."""


def create(
    connection: Connection, caller: Caller, *, resource: Resource, values: Mapping[str, Any]
) -> Response:
    row = crud.create_row(connection, caller, resource.collection, values)
    return answer_row(row, status=201, location=f"{resource.url}/{row['id']}")


def update(
    edge: Edge, resource: Resource, row_id: UUID, values: Mapping[str, Any], if_match: str | None
) -> Response:
    work = partial(
        crud.update_row,
        collection=resource.collection,
        row_id=row_id,
        values=values,
        if_match=if_match,
    )
    return answer_row(edge.write(work))


def delete(edge: Edge, resource: Resource, row_id: UUID, if_match: str | None) -> Response:
    work = partial(
        crud.delete_row, collection=resource.collection, row_id=row_id, if_match=if_match
    )
    edge.write(work)
    return Response(status_code=204)
