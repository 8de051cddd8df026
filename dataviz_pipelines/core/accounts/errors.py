"""What goes wrong with accounts."""

from dataviz_pipelines.core.errors import (
    AuthenticationError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    ThrottledError,
)


class WrongCredentialsError(AuthenticationError):
    """The same for an address nobody has, a wrong password and a disabled account."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class TooManyAttemptsError(ThrottledError):
    """Failed too often lately; more attempts are not looked at for a while."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "There were too many failed attempts.",
            retry_after_s=retry_after_s,
            remedy=f"Try again in {retry_after_s} s.",
        )


class TooManyMailsError(ThrottledError):
    """As many mails as a person wants in an hour are on their way already."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "Mails were sent to this address already.",
            retry_after_s=retry_after_s,
            remedy=f"Look into the mailbox, or try again in {retry_after_s} s.",
        )


class WrongPasswordError(InvalidInputError):
    """The current password, which a change needs, is another."""

    place = "/current_password"

    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


class InvalidTokenError(InvalidInputError):
    """A link that was used, has expired, or never existed."""

    place = "/token"

    def __init__(self) -> None:
        super().__init__("The link is not valid any more.", remedy="Ask for a new one.")


class LastAdminError(ConflictError):
    """Somebody must be left who can do everything."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator.", remedy="Make somebody else one first.")


class NoSuchSessionError(NotFoundError):
    """No session of this person that has not ended."""


class NoSuchUserError(NotFoundError):
    """No account with this id or address."""


class NoSuchKeyError(NotFoundError):
    """No API key of this person that still holds."""


class TooManyKeysError(ConflictError):
    """More keys than anybody keeps in view."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} API keys already.", remedy="Revoke one first.")


class KeyExpiredError(InvalidInputError):
    """It would be over before it begins."""

    place = "/expires_at"

    def __init__(self) -> None:
        super().__init__("The time at which the key expires has passed.")


class NoSuchRoleError(InvalidInputError):
    """No role of this name."""

    place = "/roles"


class AddressInvalidError(InvalidInputError):
    """No e-mail address."""

    place = "/email"


class AddressTakenError(ConflictError):
    """Somebody has an account with this address."""
