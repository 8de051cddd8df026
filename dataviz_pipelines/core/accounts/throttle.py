"""Guessing is slowed down: by account wherever it comes from, and by address whatever it is aimed at.

Whoever proves by a token that they have logged in to the account before is counted on their own, so that strangers who
guess at an account do not keep its owner out.
"""

import hashlib
from ipaddress import IPv6Network
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import TooManyAttemptsError

LIMITS: Final = {"account": 5, "session": 5, "link": 10, "address": 20}
"""Failures within an hour after which attempts are blocked, for 30 s at first and 15 minutes at most."""


def account(email: str) -> str:
    """Whether anybody has the address does not matter, and the table does not tell which were tried."""
    return f"account:{hashlib.sha256(email.strip().lower().encode()).hexdigest()}"


def address(ip_address: str | None) -> str:
    """Whoever has one address of IPv6 has the 2^64 of its network."""
    if ip_address is not None and ":" in ip_address:
        ip_address = str(IPv6Network((ip_address, 64), strict=False).network_address)
    return f"address:{ip_address or 'unknown'}"


def session(session_id: UUID) -> str:
    return f"session:{session_id}"


def refuse_blocked(connection: Connection, *subjects: str) -> None:
    """Raises TooManyAttemptsError."""
    seconds = store.value(connection, "blocked_for", subjects=list(subjects))
    if seconds is not None:
        raise TooManyAttemptsError(seconds)


def count_failure(connection: Connection, *subjects: str) -> bool:
    """Whether that blocks one of them."""
    blocked = [
        store.value(connection, "count_failure", subject=each, limit=LIMITS[each.partition(":")[0]])
        for each in subjects
    ]
    store.run(connection, "forget_old_failures")
    return any(blocked)


def forget_failures(connection: Connection, subject: str) -> None:
    store.run(connection, "forget_failures", subject=subject)
