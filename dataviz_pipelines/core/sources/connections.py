"""How each kind of data source is connected: a typed model for each, with nothing in it that a driver could be misled by.

No option is handed to a driver because it was sent: what is not a field here is refused. Secrets show as asterisks
wherever a connection is printed or dumped, unless they are asked for by `revealed`.
"""

import re
import ssl
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.scheduler import CronOrNever

TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105  # Google's only one
MASK: Final = "**********"
_REVEAL: Final = {"reveal": True}
_HOST: Final = re.compile(r"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$")
_MAX_SECRET: Final = 4_096


def _shown(value: SecretStr, info: SerializationInfo) -> str:
    return value.get_secret_value() if info.context == _REVEAL else MASK


def _host(value: str) -> str:
    if _HOST.fullmatch(value):
        return value
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("it is neither a host name nor an address") from None


def _certificates(value: str) -> str:
    try:
        x509.load_pem_x509_certificates(value.encode())
        ssl.create_default_context(cadata=value)
    except (ValueError, ssl.SSLError):
        raise ValueError("it holds no certificate in PEM") from None
    return value


def _rsa_key(value: SecretStr) -> SecretStr:
    try:
        key = load_pem_private_key(value.get_secret_value().encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("it is not an RSA key in PEM")
    return value


_NO_NUL: Final = r"^[^\u0000]*$"
Secret = Annotated[
    SecretStr,
    Field(max_length=_MAX_SECRET),
    PlainSerializer(_shown, return_type=str, when_used="json"),
]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253), AfterValidator(_host)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_NO_NUL)]
Certificates = Annotated[
    str, StringConstraints(max_length=200_000, pattern=_NO_NUL), AfterValidator(_certificates)
]
Port = Annotated[int, Field(ge=1, le=65_535)]
TlsMode = Literal["verify-full", "verify-ca", "require", "disable"]
Project = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.:-]{4,98}[a-z0-9]$")]
Location = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,62}$")]
Endpoint = Annotated[
    str,
    StringConstraints(max_length=300, pattern=r"^http://[A-Za-z0-9_.-]+:[0-9]{1,5}$"),
]


class Part(Document):
    """An error about it does not repeat what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Limits(Part):
    """`max_connections` are those of one process of the platform; they wait for each other."""

    connect_timeout_s: Annotated[int, Field(ge=1, le=60)] = 10
    statement_timeout_s: Annotated[int, Field(ge=1, le=86_400)] = 300
    max_connections: Annotated[int, Field(ge=1, le=50)] = 4


class BigQueryLimits(Part):
    """`maximum_bytes_billed` is what a single query may cost at most; Google refuses one that would cost more."""

    connect_timeout_s: Annotated[int, Field(ge=1, le=60)] = 10
    statement_timeout_s: Annotated[int, Field(ge=1, le=86_400)] = 300
    maximum_bytes_billed: Annotated[int, Field(ge=10_485_760, le=2**53)] = 10 * 2**30


Patterns = Annotated[
    tuple[
        Annotated[
            str, StringConstraints(max_length=600, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$")
        ],
        ...,
    ],
    Field(max_length=1_000),
]


class DiscoverySettings(Part):
    """How the platform looks what is in it. `include` and `exclude` are patterns over SCHEMA.TABLE. `schedule` is told in UTC.
    `count_budget_ms` is what an exact count may cost for each table; 0 takes estimates. `fuse_fraction` is the greatest part of
    a schema's tables that one run takes for dropped; 1 believes anything. `deadline_s` bounds a run, whatever the server does."""

    include: Patterns = ()
    exclude: Patterns = ()
    schedule: CronOrNever = "0 3 * * *"
    count_budget_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    fuse_fraction: Annotated[float, Field(ge=0, le=1)] = 0.5
    deadline_s: Annotated[int, Field(ge=1, le=86_400)] = 600


class Server(Part):
    """What is known of a database server without its secrets. `verify-full` checks the certificate and the name in it,
    `verify-ca` the certificate alone, `require` neither. Without `ca_certificate` the authorities of the platform's machine are
    trusted."""

    host: Host
    database: Word
    user: Word
    tls_mode: TlsMode = "verify-full"
    ca_certificate: Certificates | None = None
    limits: Limits = Limits()
    discovery: DiscoverySettings = DiscoverySettings()

    @model_validator(mode="after")
    def _says_whom_to_trust(self) -> "Server":
        if self.tls_mode == "verify-ca" and self.ca_certificate is None:
            raise ValueError("verify-ca needs ca_certificate: any authority could sign otherwise")
        return self


class PostgreSQLServer(Server):
    connection_type: Literal["postgresql"]
    port: Port = 5432


class MySQLServer(Server):
    connection_type: Literal["mysql"]
    port: Port = 3306


class PostgreSQLConnection(PostgreSQLServer):
    password: Secret | None = None


class MySQLConnection(MySQLServer):
    """MySQL and MariaDB."""

    password: Secret | None = None


class ServiceAccount(Part):
    """A key file of Google as it is downloaded. Other kinds of credentials can make Google's library read files and call
    addresses, so they are refused, and so is any other `token_uri`."""

    type: Literal["service_account"]
    project_id: Project
    client_email: Annotated[
        str, StringConstraints(max_length=320, pattern=r"^[^@\s\u0000]+@[^@\s\u0000]+$")
    ]
    private_key: Annotated[Secret, AfterValidator(_rsa_key)]
    private_key_id: Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)] = ""
    token_uri: Literal["https://oauth2.googleapis.com/token"] = TOKEN_URI
    client_id: Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)] = ""
    universe_domain: Literal["googleapis.com"] = "googleapis.com"
    auth_uri: Literal["https://accounts.google.com/o/oauth2/auth"] | None = None
    auth_provider_x509_cert_url: Literal["https://www.googleapis.com/oauth2/v1/certs"] | None = None
    client_x509_cert_url: Annotated[
        str | None,
        Field(
            max_length=500,
            pattern=r"^https://www\.googleapis\.com/robot/v1/metadata/x509/[^\s\u0000]+$",
        ),
    ] = None


class BigQueryProject(Part):
    """`endpoint` is an emulator's, which DATAVIZ_ALLOWED_NETWORKS must list; nothing secret is sent to it."""

    connection_type: Literal["bigquery"]
    project: Project
    location: Location | None = None
    endpoint: Endpoint | None = None
    limits: BigQueryLimits = BigQueryLimits()
    discovery: DiscoverySettings = DiscoverySettings()


class BigQueryConnection(BigQueryProject):
    service_account: ServiceAccount | None = None

    @model_validator(mode="after")
    def _sends_nothing_secret_elsewhere(self) -> "BigQueryConnection":
        if self.endpoint is not None and self.service_account is not None:
            raise ValueError("an endpoint takes no service_account")
        return self


Connection = Annotated[
    PostgreSQLConnection | MySQLConnection | BigQueryConnection,
    Field(discriminator="connection_type"),
]
AnyConnection = PostgreSQLConnection | MySQLConnection | BigQueryConnection
CONNECTIONS: Final[TypeAdapter[AnyConnection]] = TypeAdapter(
    Connection, config=ConfigDict(hide_input_in_errors=True)
)


def revealed(connection: AnyConnection) -> bytes:
    """As JSON, with its secrets: only to be sealed."""
    return CONNECTIONS.dump_json(connection, context=_REVEAL, exclude_none=True)


def shown(connection: AnyConnection) -> dict[str, Any]:
    """What whoever may change it may see of it: never a secret, only whether there is one."""
    if isinstance(connection, BigQueryConnection):
        account = connection.service_account
        parts = connection.model_dump(mode="json", exclude={"service_account"})
        return {**parts, "client_email": None if account is None else account.client_email}
    parts = connection.model_dump(mode="json", exclude={"password"})
    return {**parts, "has_password": connection.password is not None}


def target(connection: AnyConnection) -> dict[str, Any]:
    """Where it leads, in few words, for the audit."""
    if isinstance(connection, BigQueryConnection):
        place = connection.endpoint or "Google"
        return {"connection_type": "bigquery", "host": place, "database": connection.project}
    wanted = {"connection_type", "host", "port", "database", "user"}
    return connection.model_dump(mode="json", include=wanted)
