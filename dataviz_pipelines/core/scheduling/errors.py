"""What is wrong with a job, or with what is asked of one."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dataviz_pipelines.core.errors import (
    ConfigurationError,
    ConflictError,
    Fault,
    InvalidInputError,
    NotFoundError,
    path_within,
)


class JobInvalidError(InvalidInputError):
    """`faults` names every place of the job that cannot be taken."""

    def __init__(self, faults: list[Fault], *, remedy: str | None = None) -> None:
        said = "; ".join(": ".join(filter(None, (fault.place, fault.message))) for fault in faults)
        super().__init__(f"The job cannot be taken. {said}.", remedy=remedy)
        self.faults = faults


class JobNotFoundError(NotFoundError):
    """No job has that name or id, or several have the name."""


class CredentialsMissingError(ConfigurationError):
    """The job logs in elsewhere, and has nothing to do it with."""


class RunEndedError(ConflictError):
    """What has ended cannot be cancelled."""


class BackfillError(InvalidInputError):
    """The range holds no slot, too many, or some that are still to come."""


class JobFailedError(InvalidInputError):
    """The work was done as far as it could be, and its result is not what the job's configuration asks for."""


def faults_within(error: ValidationError, place: str, given: Any = None) -> list[Fault]:
    """What pydantic says, with JSON pointers that begin at `place`; what was sent is not repeated. `given` is what was judged:
    with it the pointers leave out the tags of unions."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        Fault(place + "".join(f"/{step}" for step in _path(fault, given)), fault["msg"])
        for fault in found
    ]


def _path(fault: ErrorDetails, given: Any) -> Sequence[str | int]:
    if given is None:
        return fault["loc"]
    return path_within(given, fault["loc"], is_missing=fault["type"] == "missing")
