"""The versions of every resource that has them (F74): listed, read, compared, restored."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.resources import PREFIX, RESOURCES, Resource
from api.schemas.versions import (
    MAX_VERSION,
    VersionDiff,
    VersionDocument,
    VersionPage,
    VersionQuery,
    restored_read,
)
from dataviz_pipelines.core.crud import Collection, etag
from dataviz_pipelines.core.schema.triggers import VERSIONED
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Kind
from dataviz_pipelines.core.versions import history
from dataviz_pipelines.core.versions.restoring import restore

Number = Annotated[int, Path(ge=1, le=MAX_VERSION)]
_TYPES: Final = {resource_type for resource_type, _ in VERSIONED.values()}


def has_versions(resource: Resource) -> bool:
    policy = resource.collection.policy
    return isinstance(policy, Kind) and policy.type in _TYPES


def versions_router(resource: Resource) -> APIRouter:
    router = APIRouter(prefix=f"{PREFIX}/{resource.path}/{{id}}/versions", tags=[resource.tag])
    name = resource.collection.one.replace(" ", "_")
    routes: list[tuple[str, str, Callable[..., Response], str, Any]] = [
        ("GET", "", _list(resource), f"list_{name}_versions", VersionPage),
        ("GET", "/{version}", _get(resource), f"get_{name}_version", VersionDocument),
        ("GET", "/{before}/diff/{after}", _diff(resource), f"diff_{name}_versions", VersionDiff),
        (
            "POST",
            "/{version}/restore",
            _restore(resource),
            f"restore_{name}_version",
            restored_read(resource.read),
        ),
    ]
    for method, path, handler, operation, model in routes:
        router.add_api_route(
            path,
            handler,
            methods=[method],
            operation_id=operation,
            summary=operation.replace("_", " ").capitalize(),
            response_model=model,
            responses={200: Etag} if method == "POST" else {},
        )
    return router


def _list(resource: Resource) -> Callable[..., Response]:
    def list_versions(id: UUID, query: Annotated[VersionQuery, Query()], edge: Any) -> Response:
        def work(connection: Connection, caller: Caller) -> list[history.Version]:
            subject = history.find_subject(connection, caller, resource.collection, id)
            return history.list_versions(
                connection, subject, limit=query.limit, before=query.before
            )

        found = edge.read(work)
        shown = found[: query.limit]
        more = len(found) > query.limit
        items = [_without_document(each) for each in shown]
        return answer({"items": items, "next_before": shown[-1].version if more else None})

    return _for_editors(list_versions, resource)


def _get(resource: Resource) -> Callable[..., Response]:
    def get_version(id: UUID, version: Number, edge: Any) -> Response:
        def work(connection: Connection, caller: Caller) -> history.Version:
            subject = history.find_subject(connection, caller, resource.collection, id)
            return history.get_version(connection, subject, version)

        return answer(asdict(edge.read(work)))

    return _for_editors(get_version, resource)


def _diff(resource: Resource) -> Callable[..., Response]:
    def diff_versions(id: UUID, before: Number, after: Number, edge: Any) -> Response:
        def work(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
            subject = history.find_subject(connection, caller, resource.collection, id)
            found = history.compare_versions(connection, subject, before, after)
            return [asdict(change) for change in found]

        return answer({"changes": edge.read(work)})

    return _for_editors(diff_versions, resource)


def _restore(resource: Resource) -> Callable[..., Response]:
    collection: Collection = resource.collection

    def restore_version(id: UUID, version: Number, edge: Any, if_match: IfMatch = None) -> Response:
        restored = edge.write(
            partial(restore, collection=collection, row_id=id, version=version, if_match=if_match)
        )
        body = {"item": restored.row, "warnings": restored.warnings}
        return answer(body, headers={"ETag": etag(restored.row)})

    return _for_editors(restore_version, resource)


def _for_editors(handler: Callable[..., Response], resource: Resource) -> Callable[..., Response]:
    requires = Requires(resource.collection.policy.permission("edit"), rows=True)
    handler.__annotations__["edge"] = Annotated[Edge, Depends(requires)]
    return handler


def _without_document(version: history.Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "created_at": version.created_at,
        "created_by": version.created_by,
    }


router = APIRouter()
for _resource in filter(has_versions, RESOURCES):
    router.include_router(versions_router(_resource))
