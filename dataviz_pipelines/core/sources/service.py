"""Data sources for those who use them: found, and opened. `editing` is for those who change them."""

from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.errors import NotFoundError
from dataviz_pipelines.core.secrets import CONNECTION_CONFIG, Vault
from dataviz_pipelines.core.secrets.errors import TamperedSecretError
from dataviz_pipelines.core.sources import store
from dataviz_pipelines.core.sources.connecting import Source
from dataviz_pipelines.core.sources.connections import CONNECTIONS, AnyConnection
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from dataviz_pipelines.core.sources.store import StoredSource


class SourceNotFoundError(NotFoundError):
    """There is none of that name or id."""

    def __init__(self, name: object) -> None:
        super().__init__(
            f"There is no data source {name}.", remedy="`dataviz sources list` shows all."
        )


def find_source(connection: Connection, name_or_id: str) -> StoredSource:
    """Raises SourceNotFoundError."""
    found = store.by_name(connection, name_or_id)
    if found is None:
        try:
            found = store.by_id(connection, UUID(name_or_id))
        except ValueError:
            found = None
    if found is None:
        raise SourceNotFoundError(repr(name_or_id))
    return found


def load_source(connection: Connection, vault: Vault, source_id: UUID) -> Source:
    """What `Pools` needs. Raises SourceNotFoundError, SourceDisabledError, or what `opened` raises."""
    found = store.by_id(connection, source_id)
    if found is None:
        raise SourceNotFoundError(source_id)
    if not found.is_active:
        raise SourceDisabledError(found.name)
    return Source(found.id, found.name, opened(found, vault))


def opened(source: StoredSource, vault: Vault) -> AnyConnection:
    """How it is connected. Raises KeyMissingError or TamperedSecretError, and never gives a part."""
    plain = vault.open(source.sealed, CONNECTION_CONFIG, source.id)
    try:
        connection = CONNECTIONS.validate_json(plain)
    except ValidationError as error:
        raise TamperedSecretError(CONNECTION_CONFIG.place(source.id)) from error
    if connection.connection_type != source.connection_type:
        raise TamperedSecretError(CONNECTION_CONFIG.place(source.id))
    return connection
