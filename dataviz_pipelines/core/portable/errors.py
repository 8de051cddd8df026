"""What documents are refused for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dataviz_pipelines.core.errors import ConflictError, Fault, InvalidInputError, faults_of


class InvalidDocumentError(InvalidInputError):
    """It holds what cannot be written here. Nothing of it was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message, remedy="A dry run lists all that is in the way.")
        self.faults = faults


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Errors about one part of a document say where in it they are."""
    try:
        yield
    except (InvalidInputError, ConflictError) as error:
        raise InvalidDocumentError(faults_of(error, place)) from error
