"""What can go wrong when one machine runs everything."""

from dataviz_pipelines.core.errors import ConfigurationError, ConflictError, UnavailableError


class BinariesNotFoundError(ConfigurationError):
    """No PostgreSQL programs were found on this machine."""


class ServerUserError(ConfigurationError):
    """PostgreSQL refuses to run as root, and no ordinary user could be used in its place."""


class ServerStartError(UnavailableError):
    """The embedded PostgreSQL did not start, or does not answer."""


class ServerPasswordError(ConfigurationError):
    """The embedded PostgreSQL does not accept the password kept in `home/keys`."""


class PortBusyError(ConflictError):
    """A port that was asked for is in use."""


class AlreadyRunningError(ConflictError):
    """Another `dataviz up` owns this home folder."""


class ServiceStartError(UnavailableError):
    """A process of the platform did not become ready."""
