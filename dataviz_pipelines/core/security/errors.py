"""What a caller is refused for."""

from dataviz_pipelines.core.errors import AuthenticationError, ForbiddenError


class NotLoggedInError(AuthenticationError):
    """No session, key or password that holds."""


class PermissionDeniedError(ForbiddenError):
    """The caller may see the thing but not do this to it, or may not do this at all."""
