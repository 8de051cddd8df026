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


class BucketNotAllowedError(ConfigurationError):
    """The machine's own credentials are not for this bucket."""


class BucketRefusedError(ConfigurationError):
    """The server of the bucket refused what was asked for."""


class ServerUnknownError(ConfigurationError):
    """An SFTP server showed a key that the job does not know."""


class LogInRefusedError(ConfigurationError):
    """An SFTP server did not let the user in."""


class PlaceTooLargeError(InvalidInputError):
    """There is more than anybody looks through at each run."""


class FileUnreadableError(UnavailableError):
    """The file went, became something else, or may not be read."""


class FileChangedError(ConflictError):
    """Somebody wrote to the file while it was read."""


class UnexpectedAnswerError(InvalidInputError):
    """A web server answered with something else than the file."""
