"""What setting up a database can meet that a person has to put right."""

from dataviz_pipelines.core.errors import ConfigurationError, UnavailableError


class DatabaseUnusableError(ConfigurationError):
    """The database exists and answers, but the platform cannot live in it."""


class RoleError(ConfigurationError):
    """The application's role is absent, or not one that the application may use."""


class DatabaseUnreachableError(UnavailableError):
    """No connection to the platform's own database."""
