"""What documents of platform-defined shape have in common."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue, StringConstraints

JsonObject = dict[str, JsonValue]
HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


@cache
def _zones() -> set[str]:
    return available_timezones()


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("it is not an IANA time zone, such as Europe/Vienna")
    return name


TimeZone = Annotated[str, StringConstraints(max_length=50), AfterValidator(_known_zone)]


class Document(BaseModel):
    """A key nobody knows is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
