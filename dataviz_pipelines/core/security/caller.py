"""On whose behalf something is done, and from where."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.sql import execute


class Origin(NamedTuple):
    """Where a request comes from, for the audit."""

    ip_address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    def parameters(self) -> dict[str, str]:
        return {
            "ip_address": self.ip_address or "",
            "user_agent": self.user_agent or "",
            "request_id": self.request_id or "",
        }


class Caller(NamedTuple):
    """A person, as a session or an API key makes them known. `scopes` are what an API key is narrowed to; None: nothing is
    taken away. `timezone` is the person's IANA zone."""

    user_id: UUID
    email: str
    permissions: frozenset[str]
    role_ids: tuple[UUID, ...] = ()
    scopes: frozenset[str] | None = None
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    timezone: str = "UTC"
    origin: Origin = Origin()

    def may(self, permission: str) -> bool:
        """Whether roles and scopes allow it; what single rows allow is for `core.security.rows`."""
        held = EVERYTHING in self.permissions or permission in self.permissions
        return held and self.in_scope(permission)

    @property
    def is_narrowed(self) -> bool:
        return self.scopes is not None and EVERYTHING not in self.scopes

    def in_scope(self, permission: str) -> bool:
        return self.scopes is None or EVERYTHING in self.scopes or permission in self.scopes

    def require(self, permission: str) -> None:
        if not self.may(permission):
            raise PermissionDeniedError(
                f"This needs the permission {permission}.",
                remedy="Ask an administrator for a role that has it.",
            )

    @property
    def principals(self) -> str:
        """Whom grants can name to mean this caller, as PostgreSQL writes an array of them."""
        return f"{{{','.join(map(str, (self.user_id, *self.role_ids)))}}}"


def act_as(connection: Connection, user_id: UUID | None, origin: Origin) -> None:
    """Tells the database on whose behalf the rest of the transaction runs; its triggers write that into the audit."""
    execute(
        connection,
        "SELECT set_config('dataviz.user_id', %(user_id)s, true), "
        "set_config('dataviz.ip_address', %(ip_address)s, true), "
        "set_config('dataviz.user_agent', %(user_agent)s, true), "
        "set_config('dataviz.request_id', %(request_id)s, true)",
        {"user_id": "" if user_id is None else str(user_id), **origin.parameters()},
    )
