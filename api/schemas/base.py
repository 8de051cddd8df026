"""What bodies and answers have in common."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    create_model,
)

Item = TypeVar("Item", bound=BaseModel)

NOTHING_BUT_SPACE_OR_NUL: Final = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
Name = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=255, pattern=NOTHING_BUT_SPACE_OR_NUL, strip_whitespace=True
    ),
]
ShortName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=100, pattern=NOTHING_BUT_SPACE_OR_NUL, strip_whitespace=True
    ),
]
Text = Annotated[str, StringConstraints(max_length=100_000, pattern=r"^[^\u0000]*$")]

Flag = Annotated[bool, Strict()]
"""JSON's true and false, not what can be taken for them."""


def _text_only(value: object) -> object:
    if not isinstance(value, str) or value.lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError("must be a time such as 2026-01-31T12:00:00Z")
    return value


_EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _within_calendar(moment: datetime) -> datetime:
    """What is less than a year from where the calendar ends cannot be told in every zone, nor can a day be added to it."""
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("must lie in the years from 2 to 9998")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_within_calendar)]
"""A time with its offset from UTC; not seconds since 1970."""

UNCHANGED: Any = Field(default=None)
"""The default of a field of a `Patch`: it may be left out, but null is only for columns that take it."""

INCLUDED: Any = Field(
    default=None,
    description="There when `include` names it; null where there is none that the caller may see.",
)


class Input(BaseModel):
    """What a caller sends. A field nobody knows is an error, so nobody sets what is not theirs to set."""

    model_config = ConfigDict(extra="forbid")

    def values(self) -> dict[str, Any]:
        """Only what was sent, by column, ready for the database; documents in full."""
        dumped = self.model_dump(mode="json", by_alias=True)
        return {name: dumped[name] for name in self.model_fields_set}


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Patch(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Read(BaseModel):
    """A row as it is shown. Times are UTC."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    created_by: UUID | None
    updated_by: UUID | None


class Page(BaseModel, Generic[Item]):
    """`next_cursor` asks for the page after this one, with the same other parameters; null: there is none. `total` is
    null unless `count=true`."""

    items: list[Item]
    next_cursor: str | None
    total: int | None


@cache
def page_of(item: type[BaseModel]) -> Any:
    return named(f"{item.__name__.removesuffix('Read')}Page", Page, item)


def named(name: str, generic: Any, item: type[Any]) -> Any:
    """The generic model of these items, by a name that clients which are generated can call it: pydantic's has brackets."""
    return create_model(name, __base__=generic[item], __doc__=generic.__doc__)


class FieldProblem(BaseModel):
    """`pointer` is the JSON pointer of the value within `place`."""

    place: str
    pointer: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `type` stays the same for the same kind of error; `request_id` finds it in the logs."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    remedy: str | None = None
    errors: list[FieldProblem] | None = None
