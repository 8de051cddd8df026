"""Data sources as people create and change them: by row, with their permissions."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, create_row, require_row, update_row
from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.secrets import CONNECTION_CONFIG, Vault
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources import store
from dataviz_pipelines.core.sources.connections import (
    AnyConnection,
    BigQueryConnection,
    revealed,
)
from dataviz_pipelines.core.sources.errors import ConnectionIncompleteError
from dataviz_pipelines.core.sources.service import SourceNotFoundError, opened
from dataviz_pipelines.core.sources.store import StoredSource

UNTESTED: Final = {
    "test_status": "untested",
    "test_reason": None,
    "test_message": None,
    "last_tested_at": None,
}
_TO_WHOM: Final = ("host", "port", "user", "tls_mode", "ca_certificate")
"""While these stay the same, a password that is kept goes to whom it was given for, and no less protected."""


class KindChangedError(InvalidInputError):
    """What was saved for one kind of database means nothing to another."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The data source is one of {kind} and stays one.", remedy="Create another one."
        )
        self.place = "/connection_type"


def create_source(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    values: Mapping[str, Any],
    *,
    asked: AnyConnection,
    vault: Vault,
) -> Row:
    """`values` are the other columns. Nothing is connected to."""
    complete(asked, place="/connection")
    row_id = new_id()
    sealed = vault.seal(connection, revealed(asked), CONNECTION_CONFIG, row_id)
    return create_row(
        connection,
        caller,
        collection,
        {
            **values,
            "id": row_id,
            "connection_type": asked.connection_type,
            "connection_config": sealed,
        },
    )


def change_connection(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    source_id: UUID,
    *,
    asked: AnyConnection,
    vault: Vault,
    if_match: str | None = None,
) -> Row:
    """The whole of it is replaced, but a secret that is left out is kept if nobody else would get it."""
    stored = stored_for(connection, caller, collection, source_id, action="edit")
    whole = with_kept_secret(asked, stored, vault)
    sealed = vault.seal(connection, revealed(whole), CONNECTION_CONFIG, source_id)
    values = {"connection_config": sealed, **UNTESTED}
    return update_row(connection, caller, collection, source_id, values, if_match=if_match)


def connection_of(
    connection: Connection, caller: Caller, collection: Collection, source_id: UUID, *, vault: Vault
) -> AnyConnection:
    """For whoever may change it."""
    stored = stored_for(connection, caller, collection, source_id, action="edit", locked=False)
    return opened(stored, vault)


def stored_for(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    source_id: UUID,
    *,
    action: str,
    locked: bool = True,
) -> StoredSource:
    """The row, if the caller may do the action to it."""
    require_row(connection, caller, collection, source_id, action=action, locked=locked)
    stored = store.by_id(connection, source_id)
    if stored is None:
        raise SourceNotFoundError(source_id)
    return stored


def with_kept_secret(asked: AnyConnection, stored: StoredSource, vault: Vault) -> AnyConnection:
    """Raises ConnectionIncompleteError for a secret that must be entered again."""
    if asked.connection_type != stored.connection_type:
        raise KindChangedError(stored.connection_type)
    if isinstance(asked, BigQueryConnection):
        return _with_account(asked, stored, vault)
    if "password" in asked.model_fields_set:
        return asked
    kept = opened(stored, vault)
    if any(getattr(asked, name) != getattr(kept, name) for name in _TO_WHOM):
        raise ConnectionIncompleteError(
            "The password is needed again: it would go to another server or user, or less protected.",
            place="/password",
            remedy="Send it, or null if there is none.",
        )
    return asked.model_copy(update={"password": getattr(kept, "password", None)})


def complete(asked: AnyConnection, *, place: str = "") -> None:
    """Raises ConnectionIncompleteError for what nobody could connect with."""
    if not isinstance(asked, BigQueryConnection):
        return
    if asked.service_account is None and asked.endpoint is None:
        raise ConnectionIncompleteError(
            "BigQuery needs a service account.",
            place=f"{place}/service_account",
            remedy="Send the key file that Google hands out for one, as it is.",
        )


def _with_account(
    asked: BigQueryConnection, stored: StoredSource, vault: Vault
) -> BigQueryConnection:
    """The account's key goes to Google and nobody else, whatever else changes."""
    if asked.service_account is None and asked.endpoint is None:
        kept = opened(stored, vault)
        if isinstance(kept, BigQueryConnection) and kept.service_account is not None:
            return asked.model_copy(update={"service_account": kept.service_account})
    complete(asked)
    return asked
