"""Many rows changed and deleted at once: all of them or none, each as if it were the only one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import BulkDeniedError, BulkRefusedError
from dataviz_pipelines.core.crud.rows import Row, delete_row, update_row
from dataviz_pipelines.core.errors import DatavizError, Fault, faults_of
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute


@dataclass(frozen=True)
class Operation:
    """`values` are what is changed; None: the row is deleted."""

    row_id: UUID
    values: Mapping[str, Any] | None
    if_match: str | None


def apply_all(
    connection: Connection, caller: Caller, collection: Collection, operations: Sequence[Operation]
) -> list[Row | None]:
    """Each row as it is now, None for a deleted one. Raises BulkDeniedError or BulkRefusedError, which name all operations
    that cannot be done."""
    _lock(connection, caller, collection, [each.row_id for each in operations])
    done: list[Row | None] = []
    refused: list[tuple[int, DatavizError]] = []
    for number, operation in enumerate(operations):
        try:
            with connection.begin_nested():
                done.append(_apply(connection, caller, collection, operation))
        except DatavizError as error:
            refused.append((number, error))
    if refused:
        raise _refusal(refused)
    return done


def _apply(
    connection: Connection, caller: Caller, collection: Collection, operation: Operation
) -> Row | None:
    row_id, if_match = operation.row_id, operation.if_match
    if operation.values is None:
        delete_row(connection, caller, collection, row_id, if_match=if_match)
        return None
    return update_row(connection, caller, collection, row_id, operation.values, if_match=if_match)


def _lock(
    connection: Connection, caller: Caller, collection: Collection, row_ids: Sequence[UUID]
) -> None:
    """In one order, whatever that of the operations is, so that nobody waits for each other."""
    allowed = " OR ".join(collection.policy.allows(caller, action) for action in ("edit", "delete"))
    execute(
        connection,
        f'SELECT FROM "{collection.table.name}" AS item '
        f"WHERE item.id = ANY(%(_ids)s) AND ({allowed}) ORDER BY item.id FOR UPDATE",
        {"_ids": list(row_ids), **parameters(caller)},
    )


def _refusal(refused: Sequence[tuple[int, DatavizError]]) -> DatavizError:
    faults = [fault for number, error in refused for fault in _placed(number, error)]
    is_denied = any(isinstance(error, PermissionDeniedError) for _, error in refused)
    return BulkDeniedError(faults) if is_denied else BulkRefusedError(faults)


def _placed(number: int, error: DatavizError) -> Iterator[Fault]:
    """An error about a value says which, others are about the operation."""
    for fault in faults_of(error, ""):
        place = f"/operations/{number}" + (f"/changes{fault.place}" if fault.place else "")
        yield Fault(place, fault.message)
