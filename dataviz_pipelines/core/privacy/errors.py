"""Why nothing was exported or erased."""

from dataviz_pipelines.core.errors import ConflictError, NotFoundError


class PersonNotFoundError(NotFoundError):
    """Nobody has that address or id."""


class FileExistsAlreadyError(ConflictError):
    """An archive of a person is not written over another file."""
