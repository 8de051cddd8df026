"""Why a file, or a whole folder, is not taken."""

from dataviz_pipelines.core.errors import (
    ConfigurationError,
    ConflictError,
    InvalidInputError,
    UnavailableError,
)


class FolderNotAllowedError(ConfigurationError):
    """The folder is in none of those that the installation allows, or holds what is the platform's own."""


class FolderUnreadableError(UnavailableError):
    """The folder is not there, is none or a link, or may not be read."""


class FileUnreadableError(UnavailableError):
    """The file went, became something else, or may not be read."""


class FileChangedError(ConflictError):
    """Somebody wrote to the file while it was read."""


class UnexpectedAnswerError(InvalidInputError):
    """A web server answered with something else than the file."""
