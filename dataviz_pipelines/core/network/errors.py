"""Why a host is not connected to."""

from dataviz_pipelines.core.errors import ConfigurationError, InvalidInputError, UnavailableError


class NameNotResolvedError(UnavailableError):
    """No address has that name."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The name {host} has no address.",
            remedy="Check how it is written, and whether the platform's machine knows it.",
        )


class BlockedAddressError(InvalidInputError):
    """The address is the platform's own, a network's own, or a cloud's metadata service."""

    def __init__(self, host: str, address: str) -> None:
        where = "" if host == address else f" ({address})"
        super().__init__(
            f"{host}{where} is an address that the platform does not connect to.",
            remedy="Whoever runs the platform can allow it with DATAVIZ_ALLOWED_NETWORKS.",
        )


class AllowedNetworksError(ConfigurationError):
    """An entry of the setting is neither a network nor an address nor a name."""
