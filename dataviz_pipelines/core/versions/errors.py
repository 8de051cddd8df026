"""What versions are refused for."""

from dataviz_pipelines.core.errors import NotFoundError


class VersionNotFoundError(NotFoundError):
    """The resource has no version of that number, or it is no more."""
