"""What was noted of what people did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field, IPvAnyAddress

from api.schemas.base import INCLUDED, Read
from api.schemas.people import PersonRead


class AuditLogRead(Read):
    """`user_id` is null where nobody was logged in, as in direct SQL; `database_user` is the database's role. Secrets read
    `***`."""

    timestamp: datetime
    user_id: UUID | None
    action_type: str = Field(description="create, update, delete, or the name of an event.")
    resource_type: str = Field(description="A table, or what else the event is about.")
    resource_id: UUID | None
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    ip_address: IPvAnyAddress | None
    user_agent: str | None
    request_id: str | None
    database_user: str | None
    person: PersonRead | None = INCLUDED
