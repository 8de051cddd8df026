"""What goes wrong with roles, grants, owners and public links."""

from collections.abc import Sequence

from dataviz_pipelines.core.errors import (
    AuthenticationError,
    ConflictError,
    Fault,
    InvalidInputError,
    NotFoundError,
)
from dataviz_pipelines.core.security.errors import PermissionDeniedError


class SystemRoleError(ConflictError):
    """The default roles are what the documentation says they are."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is one of the platform's own roles.", remedy="Make a role of your own."
        )


class RoleNotHeldError(NotFoundError):
    """The person does not have the role."""


class NoSuchPrincipalError(InvalidInputError):
    """Nobody who is there, or no role, to share something with."""

    place = "/principal_id"


class NoSuchOwnerError(InvalidInputError):
    """Nobody who is there to own something."""

    place = "/owner_id"


class NotPublishableError(PermissionDeniedError):
    """F82: it would show others what its publisher may not see."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        messages = " ".join(fault.message for fault in faults)
        super().__init__(
            f"This would publish what you may not see yourself. {messages}",
            remedy="Ask for a grant of those, or take them out.",
        )
        self.faults = faults


class PublicDashboardsOffError(ConflictError):
    """An administrator has to allow it first."""

    def __init__(self) -> None:
        super().__init__(
            "Dashboards are not shown to people who are not logged in.",
            remedy="An administrator can turn the setting enable_public_dashboards on.",
        )


class LinkRevokedError(ConflictError):
    """What was revoked stays so."""

    def __init__(self) -> None:
        super().__init__("The link was revoked.", remedy="Make a new one.")


class NotPublicError(NotFoundError):
    """Unknown, over, revoked, not public, turned off: whoever is not logged in learns no more than this."""

    def __init__(self) -> None:
        super().__init__("There is no public dashboard here.")


class LinkPasswordError(AuthenticationError):
    """The link has a password, and it was not given or is another."""

    place = "/password"
