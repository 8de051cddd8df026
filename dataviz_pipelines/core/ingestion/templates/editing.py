"""Templates as people create and change them: by row, with their permissions, checked in full as `save_template` is."""

from collections.abc import Collection as Names
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, create_row, require_row, update_row
from dataviz_pipelines.core.ingestion.templates.check import check_template
from dataviz_pipelines.core.ingestion.templates.service import as_json
from dataviz_pipelines.core.ingestion.templates.sources import with_source
from dataviz_pipelines.core.ingestion.templates.store import CONTENT
from dataviz_pipelines.core.security.caller import Caller

Values = Mapping[str, Any]


def create_template(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    values: Values,
    *,
    functions: Names[str],
    sources: Collection,
) -> Row:
    """Raises TemplateProblemsError with every mistake. `sources` are those that a template may load into."""
    return create_row(
        connection, caller, collection, _checked(connection, caller, values, functions, sources)
    )


def change_template(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    template_id: UUID,
    values: Values,
    *,
    functions: Names[str],
    sources: Collection,
    if_match: str | None = None,
) -> Row:
    """The next version, if what it means has changed. Raises TemplateProblemsError with every mistake."""
    before = require_row(connection, caller, collection, template_id, action="edit")
    whole = _checked(connection, caller, {**before, **values}, functions, sources)
    changes = {name: whole[name] for name in values}
    return update_row(connection, caller, collection, template_id, changes, if_match=if_match)


def _checked(
    connection: Connection,
    caller: Caller,
    values: Values,
    functions: Names[str],
    sources: Collection,
) -> dict[str, Any]:
    content = {name: values[name] for name in CONTENT}
    states = {name: value for name, value in values.items() if name == "is_active"}
    checked = check_template(content, functions=functions)
    editable = partial(require_row, connection, caller, sources, action="edit", locked=False)
    return {**as_json(with_source(connection, checked, require=editable)), **states}
