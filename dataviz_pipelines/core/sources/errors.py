"""Why a data source could not be used, each with what somebody can do about it."""

from enum import StrEnum
from typing import Final

from dataviz_pipelines.core.errors import (
    ConflictError,
    DatavizError,
    InvalidInputError,
    UnavailableError,
)
from dataviz_pipelines.core.network import BlockedAddressError, NameNotResolvedError


class Reason(StrEnum):
    NAME_NOT_RESOLVED = "name_not_resolved"
    BLOCKED_ADDRESS = "blocked_address"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    PASSWORD = "password"  # noqa: S105  # a reason, not one
    DATABASE_MISSING = "database_missing"
    PERMISSION = "permission"
    BUSY = "busy"
    QUERY = "query"
    SECRET = "secret"  # noqa: S105
    FAILED = "failed"


SAID: Final = {
    Reason.REFUSED: (
        "Nothing answers there.",
        "Check host and port, whether the server runs, and whether a firewall lets the platform's machine through.",
    ),
    Reason.TIMEOUT: (
        "There was no answer in time.",
        "Check host and port, and whether a firewall drops what the platform sends or the server hangs.",
    ),
    Reason.TLS: (
        "No encrypted connection could be agreed on, or the server's certificate cannot be trusted.",
        "Give the authority that signed it as ca_certificate, use the host name that it names, or choose another tls_mode.",
    ),
    Reason.PASSWORD: (
        "The server does not take this user with this password.",
        "Check both, and whether the user may log in from the platform's machine.",
    ),
    Reason.DATABASE_MISSING: (
        "There is no such database, or the user may not know of it.",
        "Check its name, upper and lower case included.",
    ),
    Reason.PERMISSION: (
        "The user is not allowed to do this there.",
        "Ask whoever runs the server for the right to connect and to read.",
    ),
    Reason.BUSY: (
        "There is no connection free.",
        "Try again in a moment, or allow more connections, here or on the server.",
    ),
    Reason.QUERY: ("The server refuses the query.", "Correct the query."),
    Reason.FAILED: (
        "The server did not behave as a server of this kind does.",
        "Check host, port and the kind of the data source.",
    ),
}


class SourceError(UnavailableError):
    """A data source could not be connected to, or did not do what it was asked."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        """`detail` is the server's own sentence, where it is about a query."""
        message, remedy = SAID[reason]
        super().__init__(message if not detail else f"{message} {_one_line(detail)}", remedy=remedy)
        self.reason = reason


class SourceDisabledError(ConflictError):
    """Somebody has switched it off."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The data source {name!r} is disabled.", remedy="Whoever may edit it can enable it."
        )


class ConnectionIncompleteError(InvalidInputError):
    """What is left out cannot be taken from what was there."""

    def __init__(self, message: str, *, place: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


def reason_of(error: DatavizError) -> Reason:
    """Of whatever can come between a connection and its server."""
    if isinstance(error, SourceError):
        return error.reason
    if isinstance(error, NameNotResolvedError):
        return Reason.NAME_NOT_RESOLVED
    if isinstance(error, BlockedAddressError):
        return Reason.BLOCKED_ADDRESS
    return Reason.SECRET


def _one_line(text: str) -> str:
    """Printable, and no longer than anybody reads."""
    words = " ".join(text.split())
    return "".join(each for each in words if each.isprintable())[:300]
