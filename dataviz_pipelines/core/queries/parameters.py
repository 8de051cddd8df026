"""The values of a query's placeholders, typed: `{"type": "date", "value": "2026-01-31"}`, or a plain JSON value, whose
type is its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import (
    AllowInfNan,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.queries.errors import ParametersInvalidError


class ParameterType(StrEnum):
    """A `datetime` is told without its zone, a `timestamp` is an instant."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIMESTAMP = "timestamp"


MAX_LIST: Final = 1_000
Scalar = str | int | Decimal | float | bool | date | datetime
_LAX: Final = ConfigDict(hide_input_in_errors=True)
_WANTED: Final[dict[ParameterType, Any]] = {
    ParameterType.STRING: Annotated[
        str, StringConstraints(max_length=100_000, pattern=r"^[^\u0000]*$")
    ],
    ParameterType.INTEGER: Annotated[int, Field(ge=-(2**63), lt=2**63)],
    ParameterType.DECIMAL: Annotated[Decimal, AllowInfNan(False), Field(max_digits=76)],
    ParameterType.FLOAT: Annotated[float, AllowInfNan(False)],
    ParameterType.BOOLEAN: bool,
    ParameterType.DATE: date,
    ParameterType.DATETIME: datetime,
    ParameterType.TIMESTAMP: datetime,
}
_KINDS: Final[dict[ParameterType, TypeAdapter[Any]]] = {
    kind: TypeAdapter(wanted, config=_LAX) for kind, wanted in _WANTED.items()
}
_INFERRED: Final = {
    bool: ParameterType.BOOLEAN,
    int: ParameterType.INTEGER,
    float: ParameterType.FLOAT,
}


class TypedParameter(Document):
    """`value` may be a list, for IN; null is SQL's NULL."""

    type: ParameterType
    value: JsonValue


@dataclass(frozen=True)
class Parameter:
    """A value to bind; a list is a tuple."""

    type: ParameterType
    value: Scalar | tuple[Scalar, ...] | None

    @property
    def values(self) -> tuple[Scalar | None, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)


def parse_parameters(given: Mapping[str, JsonValue]) -> dict[str, Parameter]:
    """Raises ParametersInvalidError with every mistake."""
    parsed, faults = {}, []
    for name, value in given.items():
        try:
            parsed[name] = _parameter(value)
        except ValidationError as error:
            message = error.errors(include_input=False, include_url=False)[0]["msg"]
            faults.append(Fault(f"/parameters/{name}", message))
        except ValueError as error:
            faults.append(Fault(f"/parameters/{name}", str(error)))
    if faults:
        raise ParametersInvalidError(faults)
    return parsed


def _parameter(given: JsonValue) -> Parameter:
    if isinstance(given, dict):
        typed = TypedParameter.model_validate(given)
        kind, value = typed.type, typed.value
    else:
        sample = given[0] if isinstance(given, list) and given else given
        kind, value = _INFERRED.get(type(sample), ParameterType.STRING), given
    if not isinstance(value, list):
        return Parameter(kind, _scalar(kind, value))
    if not 0 < len(value) <= MAX_LIST:
        message = f"a list must hold between 1 and {MAX_LIST:,} values"
        raise ValueError(message)
    return Parameter(kind, tuple(_in_list(kind, each) for each in value))


def _in_list(kind: ParameterType, value: JsonValue) -> Scalar:
    found = _scalar(kind, value)
    if found is None:
        raise ValueError("a list holds no null: nothing equals it")
    return found


def _scalar(kind: ParameterType, value: JsonValue) -> Scalar | None:
    if value is None:
        return None
    found: Scalar = _KINDS[kind].validate_python(value)
    if isinstance(found, datetime) and (found.tzinfo is None) != (kind is ParameterType.DATETIME):
        needs = "must not have" if kind is ParameterType.DATETIME else "needs"
        message = f"a {kind} {needs} an offset from UTC"
        raise ValueError(message)
    return _in_utc(found) if kind is ParameterType.TIMESTAMP else found


def _in_utc(moment: Any) -> datetime:
    try:
        found: datetime = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it lies outside of the calendar in UTC") from None
    return found
