"""What documents of platform-defined shape have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints

JsonObject = dict[str, JsonValue]
HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Document(BaseModel):
    """A key nobody knows is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
