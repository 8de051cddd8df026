"""Accounts as whoever runs the machine makes them: there is nobody to permit it, and nobody whose permissions bound it."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import (
    AddressInvalidError,
    AddressTakenError,
    NoSuchRoleError,
    NoSuchUserError,
)
from dataviz_pipelines.core.accounts.recovery import invite
from dataviz_pipelines.core.models.business import EMAIL_PATTERN


def make_account(
    connection: Connection, email: str, *, is_admin: bool, roles: Sequence[str], site: str
) -> str:
    """The link with which the person sets a password. Raises AddressInvalidError, AddressTakenError or NoSuchRoleError."""
    if not re.fullmatch(EMAIL_PATTERN, email):
        raise AddressInvalidError(f"{email!r} is no e-mail address.")
    if store.one(connection, "account_by_email", email=email) is not None:
        raise AddressTakenError(
            f"{email} has an account already.", remedy="`dataviz users link` lets them in again."
        )
    user_id = store.value(connection, "new_user", email=email, is_admin=is_admin)
    for role in roles:
        if store.value(connection, "give_role", user_id=user_id, role=role) is None:
            raise NoSuchRoleError(f"There is no role {role!r}.")
    return invite(connection, user_id, email, site=site)[1]


def link_for(connection: Connection, email: str, *, site: str) -> str:
    """A new link with which the person sets a password; older ones stop working. Raises NoSuchUserError."""
    account = store.one(connection, "locked_account_by_email", email=email)
    if account is None or not account["is_active"]:
        raise NoSuchUserError(f"Nobody who may log in has the address {email}.")
    return invite(connection, account["id"], account["email"], site=site)[1]
