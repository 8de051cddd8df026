"""The errors of the core: facts that a shell can show to a person as they are.

Each message is safe to show (no secret, no SQL text) and says what happened, where, and what to do about it.
An error about several places of the input lists them as `faults`, one about a single place says it as `place`.
A domain subclasses one of the kinds below in its own module; shells translate kinds, never single errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place of what was sent; `place` is its JSON pointer."""

    place: str
    message: str


class DatavizError(Exception):
    """The base of every error the core raises on purpose."""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message if remedy is None else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class NotFoundError(DatavizError):
    """What was named does not exist."""


class ConflictError(DatavizError):
    """What was asked for contradicts what is there."""


class InvalidInputError(DatavizError):
    """The caller's input cannot be accepted; repeating it unchanged will fail again."""


class TooLargeError(InvalidInputError):
    """More was sent than is taken."""


class PreconditionFailedError(DatavizError):
    """What was asked for rests on a state that is no more."""


class AuthenticationError(DatavizError):
    """Nobody knows who asks."""


class ForbiddenError(DatavizError):
    """Whoever asks may not do it."""


class ThrottledError(DatavizError):
    """Too many tries; waiting helps. `retry_after_s` says how long."""

    def __init__(self, message: str, *, retry_after_s: int, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class UnavailableError(DatavizError):
    """A server or resource that is needed did not answer; repeating it later may work."""


class StorageFullError(UnavailableError):
    """There is no room for what was sent."""


class ConfigurationError(DatavizError):
    """The installation is not set up for what was asked."""


def faults_of(error: DatavizError, place: str) -> list[Fault]:
    """What an error is about, as places within one that holds them all."""
    alone = [Fault(getattr(error, "place", ""), error.message)]
    found: Sequence[Fault] = getattr(error, "faults", alone)
    return [Fault(place + fault.place, fault.message) for fault in found]


def path_within(given: Any, path: Sequence[str | int], *, is_missing: bool) -> list[str | int]:
    """The path without what pydantic adds for its own sake, such as the tags of unions. `is_missing`: its last step is not there."""
    found: list[str | int] = []
    for number, step in enumerate(path, start=1):
        if (isinstance(given, list) and isinstance(step, int) and step < len(given)) or (
            isinstance(given, dict) and step in given
        ):
            given = cast(Any, given)[step]
        elif not (is_missing and number == len(path)):
            continue
        found.append(step)
    return found
