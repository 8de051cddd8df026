"""What a caller is refused for."""

from dataviz_pipelines.core.errors import AuthenticationError, ForbiddenError


class NotLoggedInError(AuthenticationError):
    """No session, key or password that holds."""


class PermissionDeniedError(ForbiddenError):
    """The caller may see the thing but not do this to it, or may not do this at all."""


class OwnerGoneError(ForbiddenError):
    """Nobody is there any more on whose behalf something could be done."""

    def __init__(self) -> None:
        super().__init__("Its owner cannot log in any more.", remedy="Give it to somebody who can.")
