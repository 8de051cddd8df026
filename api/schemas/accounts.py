"""People, how they log in, and what they let programs do."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from api.schemas.base import UNCHANGED, Flag, Input, Moment, Name, Patch, Read
from dataviz_pipelines.core.models.business import EMAIL_PATTERN
from dataviz_pipelines.core.models.documents.permissions import Permission


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not the name of a time zone, such as Europe/Berlin")
    return name


Email = Annotated[
    str,
    StringConstraints(max_length=255, pattern=EMAIL_PATTERN),
]
Password = Annotated[str, Field(max_length=1_000, json_schema_extra={"format": "password"})]
Token = Annotated[str, StringConstraints(max_length=256)]
PersonName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\u0000]*$")]
Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[^\s\u0000]+$")]
Timezone = Annotated[str, StringConstraints(max_length=50), AfterValidator(_known_zone)]


class LogIn(Input):
    email: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\u0000]*$")]
    password: Password


class LoggedIn(BaseModel):
    """`token` is for programs; browsers get it as a cookie."""

    token: str
    session_id: UUID
    user_id: UUID
    expires_at: datetime


class SessionRead(BaseModel):
    id: UUID
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


class Sessions(BaseModel):
    items: list[SessionRead]


class Me(BaseModel):
    """`permissions` are those of all roles, narrowed to what the session or key may use; `*` is all of them."""

    id: UUID
    email: str
    first_name: str | None
    last_name: str | None
    avatar_url: str | None
    timezone: str
    is_admin: bool
    email_verified: bool
    last_login_at: datetime | None
    updated_at: datetime
    roles: list[str]
    permissions: list[str]


class MeUpdate(Patch):
    first_name: PersonName | None = None
    last_name: PersonName | None = None
    avatar_url: Url | None = None
    timezone: Timezone = UNCHANGED


class PasswordChange(Input):
    current_password: Password
    new_password: Password


class PasswordResetRequest(Input):
    email: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\u0000]*$")]


class MailPromised(BaseModel):
    """`detail` is for people; it tells nothing of who has an account."""

    detail: str


class PasswordReset(Input):
    token: Token
    password: Password


class EmailVerification(Input):
    token: Token


class ApiKeyCreate(Input):
    """Without `scopes` the key may do whatever its owner may. Without `expires_at` it holds until it is revoked."""

    name: Annotated[Name, StringConstraints(max_length=100)]
    scopes: Annotated[list[Permission], Field(max_length=100)] = Field(default_factory=list)
    expires_at: Moment | None = None


class ApiKeyRead(BaseModel):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class ApiKeys(BaseModel):
    items: list[ApiKeyRead]


class ApiKeyCreated(ApiKeyRead):
    """`key` is shown this once."""

    key: str


class UserRead(Read):
    email: str
    first_name: str | None
    last_name: str | None
    avatar_url: str | None
    timezone: str
    is_admin: bool
    is_active: bool
    email_verified: bool
    last_login_at: datetime | None


class UserCreate(Input):
    email: Email
    first_name: PersonName | None = None
    last_name: PersonName | None = None
    timezone: Timezone = "UTC"
    is_admin: Flag = False


class UserCreated(UserRead):
    """`invitation_url` lets the person set a password; null where it was sent by mail."""

    invitation_url: str | None


class UserUpdate(Patch):
    email: Email = UNCHANGED
    first_name: PersonName | None = None
    last_name: PersonName | None = None
    timezone: Timezone = UNCHANGED
    is_admin: Flag = UNCHANGED
    is_active: Flag = UNCHANGED
