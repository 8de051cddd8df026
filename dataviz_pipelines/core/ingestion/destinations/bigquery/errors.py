"""BigQuery's errors as facts about the load. Messages name tables and columns, never a row's values."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions
from google.resumable_media import DataCorruption, InvalidResponse

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion.errors import DestinationError, LoadRaceError

DRIVER_ERRORS: Final = (
    exceptions.GoogleAPIError,
    auth_exceptions.GoogleAuthError,
    requests.exceptions.RequestException,
    InvalidResponse,
    DataCorruption,
    ConnectionError,
    TimeoutError,
)
CHANGED: Final = "dataviz: changed"
MARKED: Final = "dataviz: marked"
"""What the transaction says when it rolls itself back: the table is not as it was, the content is there already."""
RACES: Final = ("concurrent update", CHANGED, MARKED)
TOO_DEAR: Final = frozenset({"bytesBilledLimitExceeded", "billingTierLimitExceeded"})
LIMITED: Final = frozenset({"quotaExceeded", "rateLimitExceeded"})
OF_NAMES: Final = ("No matching signature", "Unrecognized name", "not found", "Access Denied")
_LONGEST: Final = 300
_REQUEST: Final = re.compile(r"^[A-Z]+ https?://\S+: ")


@contextmanager
def translated(table: str) -> Iterator[None]:
    try:
        yield
    except DRIVER_ERRORS as error:
        raise fact(error, table) from error


def is_marked(error: BaseException) -> bool:
    return MARKED in str(error)


def fact(error: BaseException, table: str) -> DatavizError:
    reason, message = _reason(error), str(getattr(error, "message", error))
    if any(race in message for race in RACES) or isinstance(
        error, exceptions.Conflict | exceptions.PreconditionFailed
    ):
        return LoadRaceError(f"Another load into {table} got in the way.", remedy="Try again.")
    if reason in TOO_DEAR:
        return DestinationError(
            f"Loading {table} would read more bytes than the data source's limit allows.",
            remedy="Raise maximum_bytes_billed of the data source, or partition or cluster the table by its keys.",
        )
    if reason in LIMITED:
        return UnavailableError(
            f"BigQuery takes no more work for {table} right now: a quota is used up.",
            remedy="Try again later.",
        )
    return _refusal(error, message, table)


def _refusal(error: BaseException, message: str, table: str) -> DatavizError:
    said = _names_only(message)
    if isinstance(error, exceptions.Unauthorized | auth_exceptions.RefreshError):
        return DestinationError(
            "Google does not take the key of the data source's service account.",
            remedy="Give the data source a key that is valid.",
        )
    if isinstance(error, exceptions.Forbidden):
        return DestinationError(
            f"The service account may not load into {table}.{said}",
            remedy="Grant it BigQuery Data Editor on the dataset, and BigQuery Job User on the project.",
        )
    if isinstance(error, exceptions.NotFound):
        return DestinationError(
            f"Loading {table} needs something that does not exist.{said}",
            remedy="Check the destination and the lookups of the template.",
        )
    if isinstance(error, exceptions.BadRequest):
        return DestinationError(
            f"BigQuery refused the load into {table}; nothing was loaded.{said}",
            remedy="Compare the template's columns and lookups with the tables.",
        )
    return UnavailableError(
        f"BigQuery did not answer while {table} was loaded.",
        remedy="Nothing was loaded; try again.",
    )


def _reason(error: BaseException) -> str | None:
    details = getattr(error, "errors", None) or ()
    return next((each["reason"] for each in details if "reason" in each), None)


def _names_only(message: str) -> str:
    """BigQuery's own first line, where it is about names and types and cannot quote a value."""
    first = _REQUEST.sub("", message.splitlines()[0] if message else "")
    return f" {first[:_LONGEST]}" if any(words in first for words in OF_NAMES) else ""
