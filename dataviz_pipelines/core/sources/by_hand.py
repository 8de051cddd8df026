"""What the command line does with data sources: on nobody's behalf, with every permission."""

from pydantic import ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.crud.errors import translated
from dataviz_pipelines.core.errors import Fault, InvalidInputError
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.secrets import CONNECTION_CONFIG, Vault
from dataviz_pipelines.core.sources import store
from dataviz_pipelines.core.sources.connections import CONNECTIONS, AnyConnection, revealed
from dataviz_pipelines.core.sources.editing import complete, with_kept_secret
from dataviz_pipelines.core.sources.service import find_source
from dataviz_pipelines.core.sources.store import StoredSource


class ConnectionInvalidError(InvalidInputError):
    """A document that says no connection; what it says instead is not repeated, it may hold a secret."""

    def __init__(self, faults: list[Fault]) -> None:
        said = "; ".join(f"{fault.place or '/'}: {fault.message}" for fault in faults)
        super().__init__(
            f"This is not how a data source is connected. {said}.",
            remedy="docs/data-sources.md has examples.",
        )
        self.faults = faults


def parse_connection(text: str) -> AnyConnection:
    """Raises ConnectionInvalidError with every mistake."""
    try:
        return CONNECTIONS.validate_json(text)
    except ValidationError as error:
        raise ConnectionInvalidError(
            [
                Fault("".join(f"/{step}" for step in fault["loc"][1:]), fault["msg"])
                for fault in error.errors(
                    include_input=False, include_url=False, include_context=False
                )
            ]
        ) from None


def add_source(
    connection: Connection, name: str, asked: AnyConnection, *, vault: Vault, query: str | None
) -> StoredSource:
    """Nothing is connected to."""
    complete(asked)
    row_id = new_id()
    sealed = vault.seal(connection, revealed(asked), CONNECTION_CONFIG, row_id)
    source = StoredSource(
        id=row_id,
        name=name,
        connection_type=asked.connection_type,
        sealed=sealed,
        is_active=True,
        test_query=query,
    )
    with translated("data source"):
        store.insert(connection, source)
    return source


def reconnect(
    connection: Connection, name_or_id: str, asked: AnyConnection, *, vault: Vault
) -> StoredSource:
    """A secret that is left out is kept if nobody else would get it."""
    source = find_source(connection, name_or_id)
    whole = with_kept_secret(asked, source, vault)
    sealed = vault.seal(connection, revealed(whole), CONNECTION_CONFIG, source.id)
    store.replace_connection(connection, source.id, sealed)
    return source


def switch(connection: Connection, name_or_id: str, *, on: bool) -> StoredSource:
    source = find_source(connection, name_or_id)
    store.set_active(connection, source.id, is_active=on)
    return source
