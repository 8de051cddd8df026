"""Somebody who can let everybody else in."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.security.passwords import hash_password

FIRST_EMAIL: Final = "admin@localhost"
_PASSWORD_BYTES: Final = 18


@dataclass(frozen=True)
class FirstAdmin:
    """`password` is shown once and kept nowhere."""

    email: str
    password: str = field(repr=False)


def ensure_first_admin(connection: Connection) -> FirstAdmin | None:
    """Makes one where nobody can log in yet; None where somebody can. Safe to repeat, and by several at once."""
    store.run(connection, "lock_administration")
    if store.value(connection, "anybody_with_password"):
        return None
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    store.run(
        connection,
        "first_administrator",
        email=FIRST_EMAIL,
        password_hash=hash_password(password),
    )
    return FirstAdmin(FIRST_EMAIL, password)
