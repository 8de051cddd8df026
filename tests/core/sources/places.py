"""Where a test's data source is, and how it is connected."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from dataviz_pipelines.core.network import NetworkGuard, network_guard
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.connecting import Source
from dataviz_pipelines.core.sources.connections import CONNECTIONS, AnyConnection

LOCAL: Final = network_guard(Settings(allowed_networks="127.0.0.1"))
NAME: Final = "db.example.com"
NAMED: Final = NetworkGuard(LOCAL.networks, LOCAL.names, lambda _host, _port: ["127.0.0.1"])
"""To it every name is this machine's, which no name service says."""


@dataclass(frozen=True)
class Place:
    connection_type: str
    port: int
    database: str
    user: str
    password: str
    admin_url: str

    def document(self, **changes: Any) -> dict[str, Any]:
        """Without TLS, which the tests' servers do not offer."""
        return {
            "connection_type": self.connection_type,
            "host": "127.0.0.1",
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "password": self.password,
            "tls_mode": "disable",
            **changes,
        }

    def connection(self, **changes: Any) -> AnyConnection:
        return CONNECTIONS.validate_python(self.document(**changes))

    def source(self, source_id: UUID | None = None, **changes: Any) -> Source:
        return Source(source_id or uuid4(), "shop", self.connection(**changes))
