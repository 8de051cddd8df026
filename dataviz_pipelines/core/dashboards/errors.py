"""What dashboards and their components are refused for."""

from collections.abc import Sequence

from dataviz_pipelines.core.errors import ConflictError, Fault, InvalidInputError


class InvalidLayoutError(InvalidInputError):
    """Components that leave the grid, lie on each other, or are not those of the dashboard."""

    def __init__(self, faults: Sequence[Fault], *, remedy: str | None = None) -> None:
        super().__init__(faults[0].message, remedy=remedy)
        self.faults = faults


class ForeignComponentError(ConflictError):
    """A component's id is taken by one of another dashboard."""
