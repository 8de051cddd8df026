"""What a setting or a preference is refused for."""

from collections.abc import Sequence

from dataviz_pipelines.core.errors import ConflictError, Fault, InvalidInputError


class InvalidValueError(InvalidInputError):
    """A value that its key does not take."""

    def __init__(self, key: str, faults: Sequence[Fault]) -> None:
        super().__init__(f"{key}: {faults[0].message}.")
        self.faults = faults


class TooManyPreferencesError(ConflictError):
    """A person keeps more than anybody needs."""
