"""What goes wrong with single rows, and the database's complaints in words that can be shown."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import errors
from sqlalchemy.exc import DBAPIError

from dataviz_pipelines.core.errors import (
    ConflictError,
    Fault,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
)
from dataviz_pipelines.core.security.errors import PermissionDeniedError

_KEY = re.compile(r"^Key \((?P<columns>.+?)\)=\(")


class RowNotFoundError(NotFoundError):
    """It does not exist, or the caller may not know that it does."""


class RowChangedError(PreconditionFailedError):
    """Somebody changed the row since the caller read it."""


class DuplicateRowError(ConflictError):
    """Another row has the same key."""


class RowInUseError(ConflictError):
    """Other rows depend on this one."""


class InvalidRowError(InvalidInputError):
    """A value that the table does not take. `place` is the JSON pointer of the value, where it is known."""

    def __init__(self, message: str, *, place: str = "", remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


class TooMuchIncludedError(InvalidInputError):
    """An answer would hold more than anybody reads. Leaving some out in silence would be worse."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(
            f"The answer would hold more than {limit:,} {name}.",
            remedy=f"Ask for fewer rows at a time, or list the {name} themselves.",
        )


class BulkRefusedError(ConflictError):
    """Of several operations some cannot be done, and so none is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message, remedy="Leave out what is refused, and send the rest.")
        self.faults = faults


class BulkDeniedError(PermissionDeniedError):
    """Some are not the caller's to do."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message, remedy="Leave out what is refused, and send the rest.")
        self.faults = faults


class IdempotencyKeyReusedError(InvalidInputError):
    """A key stands for one request; two under the same key are a mistake of their sender."""

    def __init__(self) -> None:
        super().__init__(
            "The Idempotency-Key was sent before, with another request.",
            remedy="Make a new key for each new request.",
        )


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Constraints of the database as errors of ours. `name` is what one row is called."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        if isinstance(cause, errors.UniqueViolation):
            columns = _columns(cause)
            raise DuplicateRowError(
                f"There is another {name} with the same {columns}.", remedy="Choose another."
            ) from error
        if isinstance(cause, errors.RestrictViolation | errors.ForeignKeyViolation):
            raise _reference(name, cause) from error
        if isinstance(cause, errors.CheckViolation | errors.NotNullViolation):
            rule = cause.diag.constraint_name or cause.diag.column_name
            raise InvalidRowError(f"A value breaks the rule {rule} of a {name}.") from error
        if isinstance(cause, errors.DataError):
            raise InvalidRowError(f"A value does not fit its column of a {name}.") from error
        raise


def _reference(name: str, cause: errors.Error) -> ConflictError | InvalidRowError:
    detail = cause.diag.message_detail or ""
    if "is not present" in detail:
        return InvalidRowError(f"What the {_columns(cause)} of the {name} names does not exist.")
    return RowInUseError(
        f"The {name} is still used by {cause.diag.table_name}.", remedy="Remove those first."
    )


def _columns(cause: errors.Error) -> str:
    match = _KEY.match(cause.diag.message_detail or "")
    columns = match["columns"] if match else "key"
    return columns.replace("lower(", "").replace("::text)", "").replace(", ", " and ")
