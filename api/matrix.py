"""Who may do what: every route by every role, read from the routes themselves and from the roles that are seeded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from api.deps import Open, Requires
from dataviz_pipelines.core.models.documents.permissions import ACTIONS, EVERYTHING, MANAGE
from dataviz_pipelines.core.security.rows import KINDS

NO: Final = "no"
YES: Final = "yes"
OWN: Final = "own"
GRANTED: Final = "granted"
NO_ROLE: Final = "no role"
NOBODY: Final = "nobody"
_HEAD: Final = """\
# Who may do what

Generated from the routes and the default roles by `make docs`; tests assert every cell.

- **yes**: to all of them.
- **own**: to one's own, to what is shared with the person or one of their roles and, for reading, to what is public.
- **granted**: only to what is shared with the person or one of their roles.
- **no**: refused. What a person may not see is answered as if it did not exist.

*open* routes need no log-in; *person* routes need nothing but that, and show each person what is theirs. *no role* is
somebody who has none, *nobody* is not logged in.
"""


@dataclass(frozen=True)
class RouteAccess:
    """`access` is None where the route says nothing, which a test refuses."""

    method: str
    path: str
    access: Requires | Open | None

    @property
    def needs(self) -> str:
        if not isinstance(self.access, Requires):
            return "open"
        return self.access.permission or "person"


def route_accesses(app: FastAPI) -> list[RouteAccess]:
    return sorted(_routes(app), key=lambda each: (each.path, each.method))


def allowed(access: Requires | Open | None, permissions: Sequence[str]) -> str:
    """How far somebody with these permissions gets, without any grant."""
    if not isinstance(access, Requires) or access.permission is None:
        return YES
    held = EVERYTHING in permissions or access.permission in permissions
    if not access.rows:
        return YES if held else NO
    if not held:
        return GRANTED if access.shareable else NO
    is_all = EVERYTHING in permissions or _managed(access.permission) <= set(permissions)
    return YES if is_all and access.manageable else OWN


def matrix_document(app: FastAPI, roles: Mapping[str, Sequence[str]]) -> str:
    names = " | ".join([*roles, NO_ROLE, NOBODY])
    lines = [f"| route | needs | {names} |", "|---|---|" + "---|" * (len(roles) + 2)]
    for route in route_accesses(app):
        cells = [allowed(route.access, permissions) for permissions in [*roles.values(), ()]]
        cells.append(NO if isinstance(route.access, Requires) else YES)
        lines.append(f"| `{route.method} {route.path}` | {route.needs} | {' | '.join(cells)} |")
    return "\n".join([_HEAD, *lines]) + "\n"


def _managed(permission: str) -> set[str]:
    """What lets somebody with the permission do it to everybody's. Grants are of things of every kind."""
    resource = permission.partition(":")[0]
    kinds = [resource] if MANAGE in ACTIONS[resource] else [kind.name for kind in KINDS.values()]
    return {f"{kind}:{MANAGE}" for kind in kinds}


def _routes(app: FastAPI) -> Iterator[RouteAccess]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for method in sorted(route.methods or ()):
                yield RouteAccess(method, str(route.path), _access(route.dependant))
        elif isinstance(route.original_route, APIWebSocketRoute):
            yield RouteAccess("WEBSOCKET", str(route.path), _access(route.dependant))


def _access(dependant: Dependant) -> Requires | Open | None:
    for each in dependant.dependencies:
        if isinstance(each.call, Requires | Open):
            return each.call
    return None
