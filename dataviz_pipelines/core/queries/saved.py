"""Queries that are kept: saved ones, and those of visualizations."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.dashboards import QueryConfig
from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.errors import AskedNotFoundError, NothingToRunError
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.results import Result
from dataviz_pipelines.core.queries.service import (
    Asked,
    Platform,
    Question,
    require_source,
    run_query,
)
from dataviz_pipelines.core.security.caller import Caller


def run_saved_query(
    platform: Platform, caller: Caller | None, saved_query_id: UUID, asked: Asked | None = None
) -> Result:
    """For whoever may see both it and its data source. Raises what `run_query` raises."""
    with platform.database.connect() as connection:
        question = _asked_by(connection, caller, saved_query_id)
    return run_query(platform, caller, question, asked)


def require_runnable(connection: Connection, caller: Caller, saved_query_id: UUID) -> None:
    """Raises AskedNotFoundError where `run_saved_query` would, without running anything."""
    question = _asked_by(connection, caller, saved_query_id)
    require_source(connection, caller, question.source_id)


def run_visualization(
    platform: Platform,
    caller: Caller | None,
    visualization_id: UUID,
    asked: Asked | None = None,
    *,
    parameters: Mapping[str, JsonValue] | None = None,
) -> Result:
    """For whoever may see both it and the data source: its saved query need not be theirs to see. `parameters` go before
    those that the visualization has. Raises NothingToRunError, and what `run_query` raises."""
    with platform.database.connect() as connection:
        found = store.visualization(connection, caller, visualization_id)
        if found is None:
            raise AskedNotFoundError(f"There is no visualization {visualization_id}.")
        config = QueryConfig.model_validate(found[1])
        question = _question(connection, found[0], config)
    values = parse_parameters({**config.parameters, **(parameters or {})})
    asked = replace(asked or Asked(), parameters=values)
    return run_query(platform, caller, replace(question, visualization_id=visualization_id), asked)


def _asked_by(connection: Connection, caller: Caller | None, saved_query_id: UUID) -> Question:
    found = store.saved_query(connection, caller, saved_query_id)
    if found is None:
        raise AskedNotFoundError(f"There is no saved query {saved_query_id}.")
    return Question(found[0], found[1], saved_query_id=saved_query_id)


def _question(connection: Connection, source_id: UUID | None, config: QueryConfig) -> Question:
    if config.saved_query_id is not None:
        saved = store.saved_query(connection, None, config.saved_query_id)
        if saved is None:
            raise NothingToRunError
        return Question(saved[0], saved[1], saved_query_id=config.saved_query_id)
    if source_id is None or not config.query_text:
        raise NothingToRunError
    return Question(source_id, config.query_text)
