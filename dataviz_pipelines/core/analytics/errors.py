"""What cannot be asked of the rollups."""

from dataviz_pipelines.core.errors import InvalidInputError


class RangeError(InvalidInputError):
    """A range of time that holds nothing, or too much."""
