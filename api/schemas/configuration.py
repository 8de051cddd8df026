"""Settings of the platform, and preferences of single people."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from api.schemas.base import UNCHANGED, Flag, Input, Patch, Read

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_.:-]+$"),
    Field(description="Letters, digits and `_ . : -`."),
]


class PreferenceRead(Read):
    user_id: UUID
    preference_key: str
    preference_value: JsonValue


class PreferenceWrite(Input):
    """At most 16 KB. Keys that the platform knows take only what they mean."""

    preference_value: JsonValue


class SettingRead(Read):
    """Everybody who is logged in sees the public ones."""

    setting_key: str
    setting_value: JsonValue
    description: str | None
    is_public: bool


class SettingUpdate(Patch):
    setting_value: JsonValue = UNCHANGED
    is_public: Flag = UNCHANGED
