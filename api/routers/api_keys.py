"""Keys with which programs act for a person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.schemas.accounts import ApiKeyCreate, ApiKeyCreated, ApiKeys
from dataviz_pipelines.core.accounts import api_keys
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix="/api/v1/api-keys", tags=["api keys"])

Person = Annotated[Edge, Depends(Requires(None))]


@router.get("", operation_id="list_api_keys", response_model=ApiKeys)
def show(edge: Person) -> Response:
    """One's own that were not revoked."""
    return answer({"items": edge.read(api_keys.api_keys)})


@router.post("", operation_id="create_api_key", status_code=201, response_model=ApiKeyCreated)
def create(body: ApiKeyCreate, edge: Person) -> Response:
    """The answer is the only place where the key is shown."""
    new = api_keys.NewKey(body.name, body.scopes, body.expires_at)

    def work(connection: Connection, caller: Caller) -> Response:
        row, key = api_keys.create_api_key(connection, caller, new)
        return answer({**row, "key": key}, status=201)

    return edge.write(work)


@router.delete("/{id}", operation_id="revoke_api_key", status_code=204)
def revoke(id: UUID, edge: Person) -> Response:
    """It stops working at once."""

    def work(connection: Connection, caller: Caller) -> None:
        api_keys.revoke_api_key(connection, caller, id)

    edge.write(work)
    return Response(status_code=204)
