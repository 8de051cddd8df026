"""What cannot be asked of the audit."""

from dataviz_pipelines.core.errors import InvalidInputError


class NotAHeadError(InvalidInputError):
    """It does not read like the end of the chain that a verification prints."""
