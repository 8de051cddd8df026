"""Saved queries that jobs run: on behalf of the job's owner, with what that person may do at that moment."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.queries.errors import ParametersInvalidError
from dataviz_pipelines.core.queries.limits import bounds
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.results import Result
from dataviz_pipelines.core.queries.saved import run_saved_query
from dataviz_pipelines.core.queries.service import Asked, Platform
from dataviz_pipelines.core.queries.watching import Watch
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.sources.connecting import Pools

RUN_QUERIES: Final = "saved_queries:run"
_MB: Final = 2**20


def _typed(value: JsonValue) -> JsonValue:
    try:
        parse_parameters({"it": value})
    except ParametersInvalidError as error:
        raise ValueError(error.faults[0].message) from None
    return value


ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Parameters = Annotated[
    dict[ParameterName, Annotated[JsonValue, AfterValidator(_typed)]], Field(max_length=100)
]
"""As the API takes them: typed, or plain JSON values."""


def run_target(
    context: JobContext[Any],
    parameters: Mapping[str, JsonValue],
    *,
    max_rows: int | None = None,
) -> Result:
    """What the saved query that is the job's target answers now. Raises what `run_saved_query` raises: it is run as the owner
    would run it."""
    if context.target_id is None:
        raise JobFailedError("The job names no saved query.", remedy="Make one its target.")
    asked = Asked(parse_parameters(parameters), max_rows=max_rows, use_cache=False)
    with platform_of(context) as platform:
        return run_saved_query(platform, context.owner, context.target_id, asked)


def run_whole(
    context: JobContext[Any],
    parameters: Mapping[str, JsonValue],
    *,
    max_rows: int | None = None,
) -> Result:
    """The same where a part of the result is of no use: raises JobFailedError when there is more than may be taken."""
    result = run_target(context, parameters, max_rows=max_rows)
    if not result.table.truncated:
        return result
    with context.engine.connect() as connection:
        most = bounds(connection, max_rows=max_rows).rows
    names = ("max_rows of the job, " if max_rows else "") + "query_max_rows or query_max_result_mb"
    raise JobFailedError(
        f"The result is larger than the {most.max_rows:,} rows or {most.max_bytes // _MB:,} MB that may be taken; a part "
        "of it is of no use, so nothing was done.",
        remedy=f"Ask for less, or have {names} raised.",
    )


@contextmanager
def platform_of(context: JobContext[Any]) -> Iterator[Platform]:
    engine, settings = context.engine, context.settings
    pools = Pools(network_guard(settings))
    try:
        yield Platform(engine, pools, Vault(key_source(settings)), Watch(engine))
    finally:
        pools.close()
