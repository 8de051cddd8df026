"""Where the platform may connect to on somebody's behalf."""

from dataviz_pipelines.core.network.errors import BlockedAddressError, NameNotResolvedError
from dataviz_pipelines.core.network.guard import NetworkGuard, Reached, Resolver, network_guard

__all__ = [
    "BlockedAddressError",
    "NameNotResolvedError",
    "NetworkGuard",
    "Reached",
    "Resolver",
    "network_guard",
]
