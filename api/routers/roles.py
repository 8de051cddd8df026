"""Roles, and who has them."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_row
from api.crud import Etag, IfMatch, resource_router
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import PREFIX, Resource
from api.schemas.access import HeldRoles, RoleCreate, RoleRead, RoleUpdate
from dataviz_pipelines.core.access import roles
from dataviz_pipelines.core.access.roles import ROLES
from dataviz_pipelines.core.security.caller import Caller

router = resource_router(Resource("roles", ROLES, RoleRead, can_delete=False))
holders = APIRouter(prefix=f"{PREFIX}/users/{{id}}/roles", tags=["users"])

SeePeople = Annotated[Edge, Depends(Requires("users:view"))]
EditPeople = Annotated[Edge, Depends(Requires("users:edit"))]


@router.post(
    "",
    operation_id="create_role",
    status_code=201,
    response_model=RoleRead,
    responses={201: Etag},
)
def create(
    body: RoleCreate, edge: Annotated[Edge, Depends(Requires("roles:create"))], once: Once
) -> Response:
    """Of permissions that one has oneself."""

    def work(connection: Connection, caller: Caller) -> Response:
        row = roles.create_role(connection, caller, body.values())
        return answer_row(row, status=201, location=f"{router.prefix}/{row['id']}")

    return once.write(edge, work)


@router.patch("/{id}", operation_id="update_role", response_model=RoleRead, responses={200: Etag})
def change(
    id: UUID,
    body: RoleUpdate,
    edge: Annotated[Edge, Depends(Requires("roles:edit"))],
    if_match: IfMatch = None,
) -> Response:
    """Counts from the next request of everybody who has the role. The platform's own roles stay as they are."""
    work = partial(roles.change_role, role_id=id, values=body.values(), if_match=if_match)
    return answer_row(edge.write(work))


@router.delete("/{id}", operation_id="delete_role", status_code=204)
def delete(
    id: UUID,
    edge: Annotated[Edge, Depends(Requires("roles:delete"))],
    if_match: IfMatch = None,
) -> Response:
    """One that nobody has. What was shared with it is not any more."""
    edge.write(partial(roles.delete_role, role_id=id, if_match=if_match))
    return Response(status_code=204)


@holders.get("", operation_id="list_roles_of_user", response_model=HeldRoles)
def show_held(id: UUID, edge: SeePeople) -> Response:
    return answer({"items": edge.read(partial(roles.roles_of, user_id=id))})


@holders.put("/{role_id}", operation_id="give_role", status_code=204)
def give(id: UUID, role_id: UUID, edge: EditPeople) -> Response:
    """One whose permissions one has oneself. Counts from the person's next request."""
    edge.write(partial(roles.give_role, user_id=id, role_id=role_id))
    return Response(status_code=204)


@holders.delete("/{role_id}", operation_id="take_role", status_code=204)
def take(id: UUID, role_id: UUID, edge: EditPeople) -> Response:
    """Counts from the person's next request. Somebody who may do everything is always left."""
    edge.write(partial(roles.take_role, user_id=id, role_id=role_id))
    return Response(status_code=204)
