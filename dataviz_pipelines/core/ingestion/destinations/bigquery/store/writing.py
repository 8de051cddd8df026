"""From the staging table into the table: what that changes, and the statements that do it, one set for each upload mode."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.ingestion.destinations.bigquery.errors import CHANGED
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import literal
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.rows import StagedRows
from dataviz_pipelines.core.models.documents.uploads import UploadMode

NOTHING: Final = "0"


@dataclass(frozen=True)
class Counts:
    """Expressions of how many rows there are of each kind."""

    staged: str
    new: str
    changed: str = NOTHING
    deleted: str = NOTHING

    @property
    def query(self) -> str:
        return f"SELECT {self.staged}, {self.new}, {self.changed}, {self.deleted}"


def counts(
    rows: StagedRows, mode: UploadMode, *, keys: Sequence[str], compared: Sequence[str]
) -> Counts:
    """Of a load that has not happened yet; `new` are all that are inserted."""
    staged = f"(SELECT COUNT(*) FROM {rows.good} AS s)"
    if rows.target.is_new:
        return Counts(staged, staged)
    if mode is UploadMode.REPLACE:
        return Counts(staged, staged, deleted=f"(SELECT COUNT(*) FROM {_table(rows)} AS t)")
    if mode is UploadMode.DELETE_INSERT:
        deleted = f"(SELECT COUNT(*) FROM {_table(rows)} AS t WHERE {_named(rows, keys)})"
        return Counts(staged, staged, deleted=deleted)
    if mode not in (UploadMode.UPSERT, UploadMode.INSERT_NEW):
        return Counts(staged, staged)
    new = f"(SELECT COUNT(*) FROM {rows.good} AS s WHERE NOT {_known(rows, keys)})"
    if mode is UploadMode.INSERT_NEW or not compared:
        return Counts(staged, new)
    other = f" AND ({rows.differs(compared)})"
    changed = f"(SELECT COUNT(*) FROM {rows.good} AS s WHERE {_known(rows, keys, other)})"
    return Counts(staged, new, changed=changed)


def statements(
    rows: StagedRows, mode: UploadMode, *, keys: Sequence[str], compared: Sequence[str]
) -> list[str]:
    """What moves the rows, to be run in one transaction."""
    insert = (
        f"INSERT INTO {_table(rows)} ({rows.written}) SELECT {rows.values} FROM {rows.good} AS s"
    )
    if mode is UploadMode.REPLACE:
        return [f"DELETE FROM {_table(rows)} WHERE TRUE", insert]
    if mode is UploadMode.DELETE_INSERT:
        return [f"DELETE FROM {_table(rows)} AS t WHERE {_named(rows, keys)}", insert]
    if mode is UploadMode.INSERT_NEW or (mode is UploadMode.UPSERT and not compared):
        return [f"{insert} WHERE NOT {_known(rows, keys)}"]
    if mode is UploadMode.UPSERT:
        return [
            f"MERGE INTO {_table(rows)} AS t USING {rows.good} AS s ON {rows.same(keys)} "
            f"WHEN MATCHED AND ({rows.differs(compared)}) THEN UPDATE SET {rows.assignments(but=keys)} "
            f"WHEN NOT MATCHED THEN INSERT ({rows.written}) VALUES ({rows.values})"
        ]
    return [insert]


def unchanged(rows: StagedRows, expected: Sequence[tuple[str, int]]) -> str:
    """Ends the transaction unless each expression still has its value; a table that was to be new must be empty."""
    facts = [f"{expression} = {value}" for expression, value in expected]
    if rows.target.is_new:
        facts.append(f"NOT EXISTS (SELECT 1 FROM {_table(rows)})")
    return ended_unless(" AND ".join(facts), CHANGED)


def ended_unless(condition: str, message: str) -> str:
    """An error that nothing catches rolls a transaction back."""
    return f"SELECT IF({condition}, 0, ERROR({literal(message)}))"


def transaction(statements: Sequence[str]) -> str:
    return ";\n".join(["BEGIN TRANSACTION", *statements, "COMMIT TRANSACTION"]) + ";"


def _table(rows: StagedRows) -> str:
    return rows.target.table.quoted


def _known(rows: StagedRows, keys: Sequence[str], other: str = "") -> str:
    """Of `s`: a row of its keys is in the table."""
    return f"EXISTS (SELECT 1 FROM {_table(rows)} AS t WHERE {rows.same(keys)}{other})"


def _named(rows: StagedRows, keys: Sequence[str]) -> str:
    """Of `t`: the file has rows of its keys."""
    return f"EXISTS (SELECT 1 FROM {rows.named} AS s WHERE {rows.same(keys)})"
