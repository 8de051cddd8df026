"""What a file that is sent, or a wish about an upload, is refused for."""

from dataviz_pipelines.core.errors import (
    ConflictError,
    InvalidInputError,
    StorageFullError,
    TooLargeError,
    UnavailableError,
)


class InvalidUploadError(InvalidInputError):
    """What was sent beside the file makes no sense; `place` is the field."""

    def __init__(self, message: str, *, place: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


class FileTooLargeError(TooLargeError):
    """More bytes than the template or the platform takes."""


class NoRoomForUploadError(StorageFullError):
    """The disk on which uploads land is full."""


class TemplateInactiveError(ConflictError):
    """A template that takes no files now."""


class UploadStateError(ConflictError):
    """What was asked for cannot be done to an upload in this state."""


class CannotUndoError(ConflictError):
    """What the upload did cannot be taken back, or not by its rows alone."""


class WorkbookError(UnavailableError):
    """The rejects are there, but not as a workbook."""
