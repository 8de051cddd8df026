"""Why a query was not answered."""

from collections.abc import Sequence
from typing import Final

from dataviz_pipelines.core.errors import (
    ConflictError,
    Fault,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)

_OF_DENIED: Final = (
    "Leave it out, or ask whoever runs the server to let the data source's user read it."
)


class QueryRefusedError(InvalidInputError):
    """It is not sent: it does more than read, or nobody can tell whether it does."""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy or "Write a single SELECT that only reads.")
        self.place = "/sql"


class ParametersInvalidError(InvalidInputError):
    """Values that are missing, too many, or not of their type."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        said = "; ".join(f"{fault.place.rpartition('/')[2]}: {fault.message}" for fault in faults)
        super().__init__(f"The parameters do not fit the query. {said}.")
        self.faults = faults


class QueryFailedError(InvalidInputError):
    """The source does not take the query. `line` and `column` are where, counted from 1, if it said so. `is_denied`: the
    query may be right, and the data source's user lacks a right."""

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        is_denied: bool = False,
    ) -> None:
        where = "" if line is None else f" (line {line}, column {column})"
        said = f"{message.rstrip('.')}{where}." if is_denied else f"{message}{where}"
        super().__init__(said, remedy=_OF_DENIED if is_denied else "Correct the query.")
        self.place = "/sql"
        self.line = line
        self.column = column


class QueryTimedOutError(UnavailableError):
    """It was ended at its limit."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(
            f"The query took longer than {timeout_s:g} seconds and was cancelled.",
            remedy="Ask for less, or have an administrator raise query_timeout_seconds.",
        )


class QueryCancelledError(ConflictError):
    """Somebody wanted it to end."""

    def __init__(self) -> None:
        super().__init__("The query was cancelled.")


class BudgetExceededError(ForbiddenError):
    """It would cost more than the person may spend today."""

    def __init__(self, *, needed: int, left: int) -> None:
        super().__init__(
            f"The query would read {needed:,} bytes, and {max(0, left):,} are left for today.",
            remedy="Read fewer columns or partitions, wait until tomorrow (UTC), or have bigquery_daily_gb raised.",
        )


class TooExpensiveError(InvalidInputError):
    """It would cost more than a single query of the source may."""

    def __init__(self, *, needed: int, limit: int) -> None:
        super().__init__(
            f"The query would read {needed:,} bytes; the data source allows {limit:,}.",
            remedy="Read fewer columns or partitions, or have maximum_bytes_billed raised.",
        )
        self.place = "/sql"


class NothingToRunError(InvalidInputError):
    """A visualization without a query or without a data source."""

    def __init__(self) -> None:
        super().__init__(
            "The visualization has no query that could be run.",
            remedy="Give it a data source, and a query_text or a saved query.",
        )


class AskedNotFoundError(NotFoundError):
    """There is none, or none that the caller may see."""


class ExecutionOverError(ConflictError):
    """It cannot be cancelled any more."""

    def __init__(self) -> None:
        super().__init__("The query does not run any more.")
