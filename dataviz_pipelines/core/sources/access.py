"""What it takes to open a data source, for whoever is handed more than one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.network import NetworkGuard, network_guard
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings

if TYPE_CHECKING:
    from dataviz_pipelines.core.sources.connecting import Source


@dataclass(frozen=True)
class SourceAccess:
    vault: Vault
    guard: NetworkGuard

    @classmethod
    def of(cls, settings: Settings) -> "SourceAccess":
        """Keys are read when the first source is opened."""
        return cls(Vault(key_source(settings)), network_guard(settings))

    def load(self, connection: Connection, source_id: UUID) -> "Source":
        """Raises what `load_source` raises."""
        from dataviz_pipelines.core.sources.service import load_source  # few files go to one

        return load_source(connection, self.vault, source_id)
