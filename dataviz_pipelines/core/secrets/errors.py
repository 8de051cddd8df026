"""What goes wrong with keys and what they seal."""

from dataviz_pipelines.core.errors import ConfigurationError


class KeysUnusableError(ConfigurationError):
    """The keys cannot be read, or are not keys."""


class KeyMissingError(ConfigurationError):
    """Something was sealed with a key that is not here."""


class TamperedSecretError(ConfigurationError):
    """What is stored is not what was sealed, or was sealed for another row."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The secret of {place} was changed outside of the platform, or belongs to another row.",
            remedy="Enter it again, and look into the audit.",
        )
