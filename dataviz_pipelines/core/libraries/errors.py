"""What themes, chart kinds and the configurations of charts are refused for."""

from collections.abc import Sequence

from dataviz_pipelines.core.errors import Fault, InvalidInputError


class UnreadableThemeError(InvalidInputError):
    """Its text cannot be told from what is behind it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            faults[0].message, remedy="Choose a darker or a lighter colour for one of them."
        )
        self.faults = faults


class InvalidChartSchemaError(InvalidInputError):
    """Not a JSON Schema that configurations can be checked by, safely and in bounded time."""

    def __init__(self, message: str, *, place: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


class UnknownChartKindError(InvalidInputError):
    """No chart kind that the caller may use has this type."""

    place = "/visualization_type"


class InvalidChartConfigError(InvalidInputError):
    """A configuration that the schema of its chart kind does not take."""

    def __init__(self, kind: str, faults: Sequence[Fault]) -> None:
        super().__init__(f"The configuration does not fit the chart kind {kind!r}.")
        self.faults = faults


class ConfigTooComplexError(InvalidInputError):
    """Checking a configuration against its schema would take too long."""

    place = "/chart_config"
