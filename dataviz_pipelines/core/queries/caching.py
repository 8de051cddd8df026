"""Results that are kept for whoever asks the same again (F66).

The key is a hash of all that a result depends on, and of whose it is: what a person asks by themselves is theirs alone; what
a saved query or a visualization answers is for whoever may see both it and the data source, which is looked up every time
before the cache is. A data source that is connected in another way has other results.
"""

import hashlib
import json
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.limits import Bounds
from dataviz_pipelines.core.queries.parameters import Parameter
from dataviz_pipelines.core.queries.results import Table
from dataviz_pipelines.core.sources.store import StoredSource

logger = logging.getLogger(__name__)
_TABLES: Final = TypeAdapter(Table)
_LARGEST_SHARE: Final = 4
"""A result that would take more than this part of the room is not kept."""


@dataclass(frozen=True)
class Kept:
    table: Table
    at: datetime


def key_of(
    source: StoredSource,
    text: str,
    parameters: Mapping[str, Parameter],
    *,
    bounds: Bounds,
    scope: str,
) -> str:
    values = {name: [each.type, repr(each.value)] for name, each in parameters.items()}
    parts = [str(source.id), source.sealed, text, values, bounds.rows.max_rows, scope]
    parts.append(bounds.rows.max_bytes)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find(database: Engine, key: str) -> Kept | None:
    with database.connect() as connection:
        found = store.find_result(connection, key)
    if found is None:
        return None
    return Kept(_TABLES.validate_json(zlib.decompress(found[0])), found[1])


def keep(
    database: Engine,
    key: str,
    table: Table,
    *,
    source_id: UUID,
    user_id: UUID | None,
    bounds: Bounds,
) -> None:
    """The query has been answered and stays so, whatever becomes of this."""
    document = zlib.compress(_TABLES.dump_json(table), level=1)
    if bounds.cache_s == 0 or len(document) * _LARGEST_SHARE > bounds.cache_bytes:
        return
    values: dict[str, Any] = {
        "key": key,
        "source_id": source_id,
        "user_id": user_id,
        "document": document,
        "size_bytes": len(document),
        "age_s": bounds.cache_s,
    }
    try:
        with database.begin() as connection:
            store.keep_result(connection, values, most_bytes=bounds.cache_bytes)
    except DBAPIError:
        logger.warning("a result was not kept", exc_info=True)
