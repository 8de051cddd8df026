"""The application's role: it reads and writes rows, and has no DDL on the platform's tables."""

import secrets
from pathlib import Path

from psycopg import errors
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from dataviz_pipelines.core.db import APP_PASSWORD_FILE, DatabaseUrls, database_urls
from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.errors import RoleError
from dataviz_pipelines.core.settings import Settings

_PASSWORD_BYTES = 32


def urls_with_app_role(settings: Settings) -> DatabaseUrls:
    """Makes the password of the application's role before the role itself, so a broken set-up can be repeated."""
    if settings.database_url is not None and settings.app_database_url is None:
        _keep_password(settings.keys / APP_PASSWORD_FILE)
    urls = database_urls(settings)
    if urls.app.username == urls.owner.username:
        raise RoleError(
            f"The application must not use the owner's role {urls.owner.username!r}.",
            remedy="Unset DATAVIZ_APP_DATABASE_URL, or name a role without privileges there.",
        )
    return urls


def ensure_app_role(connection: Connection, settings: Settings, urls: DatabaseUrls) -> bool:
    """Whether the role was created. One that was named from outside is only looked for."""
    role = str(urls.app.username)
    exists = store.role_exists(connection, role)
    if settings.app_database_url is not None:
        if not exists:
            raise RoleError(
                f"The role {role!r} of DATAVIZ_APP_DATABASE_URL does not exist.",
                remedy=f"Create it: CREATE ROLE \"{role}\" LOGIN PASSWORD '…'.",
            )
        return False
    try:
        if not exists:
            store.create_role(connection, role)
        store.set_password(connection, role, str(urls.app.password))
        store.let_owner_act_as(connection, role)
    except ProgrammingError as error:
        if not isinstance(error.orig, errors.InsufficientPrivilege):
            raise
        raise _not_allowed(role, str(urls.owner.username)) from error
    return not exists


def _not_allowed(role: str, owner: str) -> RoleError:
    return RoleError(
        f"The role {owner!r} may not create or change the application's role {role!r}.",
        remedy=f'Run ALTER ROLE "{owner}" CREATEROLE as a superuser, or create a role yourself and name it in '
        "DATAVIZ_APP_DATABASE_URL.",
    )


def _keep_password(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        if file.read_text().strip():
            return
    file.write_text(secrets.token_urlsafe(_PASSWORD_BYTES))
