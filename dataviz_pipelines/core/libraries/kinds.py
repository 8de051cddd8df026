"""The chart kinds that a caller may draw with, and whether a configuration fits them."""

from typing import Any

from sqlalchemy import Connection

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.libraries.configs import config_faults
from dataviz_pipelines.core.libraries.errors import InvalidChartConfigError, UnknownChartKindError
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.sql import blocks, execute

_SQL = blocks("dataviz_pipelines.core.libraries", "libraries.sql")


def check_config(connection: Connection, caller: Caller, chart_type: str, config: Any) -> None:
    """A type may have several chart kinds: to fit one of them is enough, and the eldest says what is wrong.
    Raises UnknownChartKindError or InvalidChartConfigError."""
    faults: list[Fault] | None = None
    for (schema,) in _rows(connection, caller, "schemas_of_type", chart_type=chart_type):
        found = config_faults(config, schema)
        if not found:
            return
        faults = faults or found
    if faults is None:
        raise _unknown(connection, caller, chart_type)
    shown = [Fault(f"/chart_config{fault.place}", fault.message) for fault in faults]
    raise InvalidChartConfigError(chart_type, shown)


def _unknown(connection: Connection, caller: Caller, chart_type: str) -> UnknownChartKindError:
    known = ", ".join(name for (name,) in _rows(connection, caller, "known_types"))
    return UnknownChartKindError(
        f"There is no chart kind {chart_type!r}.",
        remedy=f"Use one of the chart library ({known}), or add a kind to it.",
    )


def _rows(connection: Connection, caller: Caller, block: str, **values: Any) -> list[Any]:
    visible = KINDS[ResourceType.CHART].allows(caller, "view")
    statement = _SQL[block].format(visible=visible)
    return execute(connection, statement, {**values, **parameters(caller)}).fetchall()
