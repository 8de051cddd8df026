"""Typed rows as a Parquet file, in columns that are named by their position: no name of a person's has to be escaped."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud.bigquery import SchemaField

from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import numeric_type
from dataviz_pipelines.core.ingestion.errors import NoRoomError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

ROW: Final = "source_row"
LINE: Final = "source_line"
TAKEN: Final = "taken"
"""Says of a row that was taken out what was in its way: `file` or `table`."""
STAGED: Final[dict[ColumnType, tuple[str, pa.DataType]]] = {
    ColumnType.TEXT: ("STRING", pa.string()),
    ColumnType.INTEGER: ("INT64", pa.int64()),
    ColumnType.FLOAT: ("FLOAT64", pa.float64()),
    ColumnType.BOOLEAN: ("BOOL", pa.bool_()),
    ColumnType.DATE: ("DATE", pa.date32()),
    ColumnType.TIME: ("TIME", pa.time64("us")),
    ColumnType.TIMESTAMP: ("DATETIME", pa.timestamp("us")),
    ColumnType.TIMESTAMPTZ: ("TIMESTAMP", pa.timestamp("us", "UTC")),
    ColumnType.UUID: ("STRING", pa.string()),
    ColumnType.JSON: ("STRING", pa.string()),
}


def staged_name(position: int) -> str:
    return f"c{position}"


def staged_fields(rules: Sequence[ColumnRule]) -> list[SchemaField]:
    """The staging table's. A document is text until it is moved: load jobs do not parse it."""
    fields = [
        SchemaField(staged_name(index), _staged_type(rule)[0]) for index, rule in enumerate(rules)
    ]
    return [
        *fields,
        SchemaField(ROW, "INT64"),
        SchemaField(LINE, "INT64"),
        SchemaField(TAKEN, "STRING"),
    ]


class StagingFile:
    """Gone when it is closed. Raises NoRoomError."""

    def __init__(self, rules: Sequence[ColumnRule]) -> None:
        self._rules = rules
        self._schema = pa.schema(
            [
                *((staged_name(index), _staged_type(rule)[1]) for index, rule in enumerate(rules)),
                (ROW, pa.int64()),
                (LINE, pa.int64()),
                (TAKEN, pa.string()),
            ]
        )
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._writer = pq.ParquetWriter(self._file, self._schema)
        self.has_rows = False

    def write(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        """The rules' columns in their order, and POSITIONS_SCHEMA."""
        if rows.is_empty():
            return
        self.has_rows = True
        frame = rows.select(
            pl.col(rule.name).alias(staged_name(index)) for index, rule in enumerate(self._rules)
        ).with_columns(
            positions["row"].alias(ROW),
            positions["line"].alias(LINE),
            pl.lit(None, pl.String).alias(TAKEN),
        )
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema)
        try:
            self._writer.write_table(table)
        except OSError as error:
            raise _no_room() from error

    def finished(self) -> IO[bytes]:
        """All of it, from its beginning."""
        try:
            self._writer.close()
        except OSError as error:
            raise _no_room() from error
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        with suppress(OSError):
            self._writer.close()
        self._file.close()


def _no_room() -> NoRoomError:
    return NoRoomError(
        f"The rows for BigQuery could not be written to {tempfile.gettempdir()}.",
        remedy="Make room there, or let TMPDIR name another folder.",
    )


def _staged_type(rule: ColumnRule) -> tuple[str, pa.DataType]:
    if rule.type is ColumnType.DECIMAL:
        return numeric_type(rule.precision, rule.scale), pa.decimal128(rule.precision, rule.scale)
    return STAGED[rule.type]
