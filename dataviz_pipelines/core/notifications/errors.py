"""Why a message did not arrive. None of these repeats the URL that it was sent to: that can be a secret."""

from dataviz_pipelines.core.errors import ConflictError, InvalidInputError, UnavailableError


class NotDeliveredError(UnavailableError):
    """It may arrive when it is tried again."""


class RefusedError(InvalidInputError):
    """It would be refused again."""


class ChannelUnusableError(InvalidInputError):
    """What a channel is to be connected with cannot be used."""

    def __init__(self, message: str, *, place: str = "/url", remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


class NotOverError(ConflictError):
    """Only what failed or was suppressed is sent again."""
