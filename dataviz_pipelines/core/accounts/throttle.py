"""Guessing is slowed down: by account wherever it comes from, and by address whatever it is aimed at."""

import hashlib
from ipaddress import IPv6Network
from typing import Final

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import TooManyAttemptsError

ACCOUNT_LIMIT: Final = 5
ADDRESS_LIMIT: Final = 20
"""Failures within an hour after which attempts are blocked, for 30 s at first and 15 minutes at most."""


def account(email: str) -> str:
    """Whether anybody has the address does not matter, and the table does not tell which were tried."""
    return f"account:{hashlib.sha256(email.strip().lower().encode()).hexdigest()}"


def address(ip_address: str | None) -> str:
    """Whoever has one address of IPv6 has the 2^64 of its network."""
    if ip_address is not None and ":" in ip_address:
        ip_address = str(IPv6Network((ip_address, 64), strict=False).network_address)
    return f"address:{ip_address or 'unknown'}"


def refuse_blocked(connection: Connection, *subjects: str) -> None:
    """Raises TooManyAttemptsError."""
    seconds = store.value(connection, "blocked_for", subjects=list(subjects))
    if seconds is not None:
        raise TooManyAttemptsError(seconds)


def count_failure(connection: Connection, subject: str, *, limit: int) -> None:
    store.run(connection, "count_failure", subject=subject, limit=limit)


def forget_failures(connection: Connection, subject: str) -> None:
    store.run(connection, "forget_failures", subject=subject)
