"""What goes wrong with discovery as a whole. What goes wrong with one table is a problem of the run, not an error."""

from dataviz_pipelines.core.errors import ConflictError, InvalidInputError, UnavailableError


class SourceReadError(UnavailableError):
    """The data source could not be read."""


class SourceTimeoutError(SourceReadError):
    """The data source did not answer within the time a discovery may take."""


class SourceGivenUpError(ConflictError):
    """The data source cannot be read as things are; to try at once again would end alike."""


class DiscoveryRunningError(ConflictError):
    """Another discovery of the same data source is under way."""


class PatternError(InvalidInputError):
    """A pattern that no table can match."""
