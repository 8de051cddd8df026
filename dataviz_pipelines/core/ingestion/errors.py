"""What can be wrong with a file or a template as a whole. What is wrong with a single row is a finding, not an error."""

from dataviz_pipelines.core.errors import (
    ConflictError,
    DatavizError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)


class UnreadableFileError(InvalidInputError):
    """The file as a whole cannot be read: damaged, encrypted, too large, or not what its name says."""


class FileRefusedError(InvalidInputError):
    """The file can be read, but the template's rules for the file as a whole refuse it."""


class TemplateInvalidError(InvalidInputError):
    """A template that cannot work. The message names the JSON path of each mistake."""


class TemplateNotFoundError(NotFoundError):
    """No template of this name."""


class DestinationError(ConflictError):
    """The destination table cannot take what the template loads."""


class FileMissingError(NotFoundError):
    """The file was there when it was announced, and is not there now."""


class NoRoomError(UnavailableError):
    """What an upload leaves on disk could not be written."""


class UploadNotFoundError(NotFoundError):
    """No upload of this id."""


class UploadInProgressError(ConflictError):
    """Another process is loading this very upload."""


class UploadCancelledError(DatavizError):
    """Somebody asked for the upload to stop."""


class LoadRaceError(ConflictError):
    """Another transaction got in the way; trying again decides it. Callers outside the service never see it."""
