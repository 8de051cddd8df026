"""People as everybody who is logged in may see them."""

from uuid import UUID

from pydantic import BaseModel


class PersonRead(BaseModel):
    id: UUID
    first_name: str | None
    last_name: str | None
    avatar_url: str | None
