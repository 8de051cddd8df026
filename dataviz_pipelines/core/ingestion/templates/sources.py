"""The data source that a template loads into: found when the template is saved, and kept by its id, since a name may come
to mean another one."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, require_row
from dataviz_pipelines.core.errors import NotFoundError
from dataviz_pipelines.core.ingestion.templates.problems import Problem, TemplateProblemsError
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.service import find_source

PLACE = "destination_config.data_source"


def with_source(connection: Connection, document: TemplateDocument) -> TemplateDocument:
    """On nobody's behalf. Raises TemplateProblemsError for one that does not exist, is disabled or of another kind."""
    return _resolved(connection, document, allowed=lambda source_id: None)  # noqa: ARG005


def with_source_of(
    connection: Connection, caller: Caller, sources: Collection, document: TemplateDocument
) -> TemplateDocument:
    """Also raises PermissionDeniedError unless the caller may edit it; one that they may not see does not exist."""

    def require(source_id: UUID) -> None:
        require_row(connection, caller, sources, source_id, action="edit", locked=False)

    return _resolved(connection, document, allowed=require)


def _resolved(
    connection: Connection, document: TemplateDocument, *, allowed: Callable[[UUID], None]
) -> TemplateDocument:
    named = document.destination_config.data_source
    if named is None:
        return document
    try:
        source = find_source(connection, named)
        allowed(source.id)
    except NotFoundError as error:
        raise _problem(f"there is no data source {named!r}") from error
    if source.connection_type != document.destination_type:
        raise _problem(f"{named!r} is a data source of {source.connection_type}")
    if not source.is_active:
        raise _problem(f"the data source {named!r} is disabled")
    destination = document.destination_config.model_copy(update={"data_source": str(source.id)})
    return document.model_copy(update={"destination_config": destination})


def _problem(message: str) -> TemplateProblemsError:
    return TemplateProblemsError([Problem(PLACE, message)])
