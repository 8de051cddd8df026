"""The data source that a template loads into: found when the template is saved, and kept by its id, since a name may come
to mean another one."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.errors import NotFoundError
from dataviz_pipelines.core.ingestion.templates.problems import Problem, TemplateProblemsError
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument

PLACE = "destination_config.data_source"


def with_source(
    connection: Connection,
    document: TemplateDocument,
    *,
    require: Callable[[UUID], object] = lambda source_id: None,  # noqa: ARG005  # names it for callers
) -> TemplateDocument:
    """`require` raises for one that the caller may not load into. Raises TemplateProblemsError for one that does not exist, is
    disabled or of another kind."""
    named = document.destination_config.data_source
    if named is None:
        return document
    from dataviz_pipelines.core.sources.service import find_source  # few templates name one

    try:
        source = find_source(connection, named)
        require(source.id)
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
