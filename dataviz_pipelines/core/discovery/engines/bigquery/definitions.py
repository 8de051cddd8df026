"""From the REST resource of a table to its definition and counts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dataviz_pipelines.core.discovery.snapshot import UNKNOWN, Column, Definition, Statistics
from dataviz_pipelines.core.models.metadata import CountKind, NormalizedType, TableType

Resource = Mapping[str, Any]
_TABLE_TYPES: Final = {
    "VIEW": TableType.VIEW,
    "MATERIALIZED_VIEW": TableType.MATERIALIZED_VIEW,
    "EXTERNAL": TableType.FOREIGN_TABLE,
}
_NAMES: Final = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}
"""What the API calls otherwise than SQL does."""
_TYPES: Final = {
    "INT64": NormalizedType.INTEGER,
    "FLOAT64": NormalizedType.FLOAT,
    "NUMERIC": NormalizedType.DECIMAL,
    "BIGNUMERIC": NormalizedType.DECIMAL,
    "BOOL": NormalizedType.BOOLEAN,
    "STRING": NormalizedType.STRING,
    "BYTES": NormalizedType.BINARY,
    "DATE": NormalizedType.DATE,
    "TIME": NormalizedType.TIME,
    "DATETIME": NormalizedType.DATETIME,
    "TIMESTAMP": NormalizedType.TIMESTAMP,
    "INTERVAL": NormalizedType.INTERVAL,
    "JSON": NormalizedType.JSON,
    "STRUCT": NormalizedType.STRUCT,
    "RANGE": NormalizedType.RANGE,
    "GEOGRAPHY": NormalizedType.SPATIAL,
}
_DIGITS: Final = {"INT64": (19, 0), "NUMERIC": (38, 9), "BIGNUMERIC": (76, 38)}
_LONGEST_TYPE: Final = 100


def definition(table: Resource) -> Definition:
    constraints = table.get("tableConstraints", {})
    primary = tuple(constraints.get("primaryKey", {}).get("columns", ()))
    keys = tuple(_foreign_key(table, key) for key in constraints.get("foreignKeys", ()))
    foreign = {column for key in keys for column in key["columns"]}
    fields = table.get("schema", {}).get("fields", ())
    view = table.get("view") or table.get("materializedView") or {}
    return Definition(
        table_type=_TABLE_TYPES.get(table.get("type", ""), TableType.TABLE),
        columns=tuple(
            _column(
                field,
                position,
                is_primary=field["name"] in primary,
                is_foreign=field["name"] in foreign,
            )
            for position, field in enumerate(fields, 1)
        ),
        is_partitioned="timePartitioning" in table or "rangePartitioning" in table,
        source_comment=table.get("description") or None,
        view_definition=view.get("query"),
        primary_key=primary,
        foreign_keys=keys,
    )


def statistics(table: Resource) -> Statistics:
    """Rows that are still in the streaming buffer are not among those that BigQuery counts. Views have no counts."""
    if (
        table.get("type") not in ("TABLE", "SNAPSHOT", "MATERIALIZED_VIEW")
        or "numRows" not in table
    ):
        return UNKNOWN
    kind = CountKind.ESTIMATE if "streamingBuffer" in table else CountKind.EXACT
    changed_ms = table.get("lastModifiedTime")
    changed = None if changed_ms is None else datetime.fromtimestamp(int(changed_ms) / 1_000, UTC)
    return Statistics(int(table["numRows"]), kind, int(table["numBytes"]), kind, changed)


def _column(field: Resource, position: int, *, is_primary: bool, is_foreign: bool) -> Column:
    name, is_array = _type_name(field), field.get("mode") == "REPEATED"
    precision, scale = _DIGITS.get(name, (None, None))
    if "precision" in field:
        precision, scale = int(field["precision"]), int(field.get("scale", 0))
    length = field.get("maxLength")
    return Column(
        column_name=field["name"],
        position=position,
        data_type=(f"ARRAY<{name}>" if is_array else name)[:_LONGEST_TYPE],
        native_type=_native_type(field),
        normalized_type=NormalizedType.ARRAY
        if is_array
        else _TYPES.get(name, NormalizedType.OTHER),
        max_length=None if length is None else int(length),
        numeric_precision=precision,
        numeric_scale=scale,
        is_nullable=field.get("mode", "NULLABLE") == "NULLABLE",
        is_primary_key=is_primary,
        is_foreign_key=is_foreign,
        default_expression=field.get("defaultValueExpression"),
        is_generated=False,
        generation_expression=None,
        is_identity=False,
        source_comment=field.get("description") or None,
    )


def _type_name(field: Resource) -> str:
    return str(_NAMES.get(field["type"], field["type"]))


def _native_type(field: Resource) -> str:
    """As SQL would write it, with the fields of structs."""
    name = _type_name(field)
    if name == "STRUCT":
        parts = (f"{part['name']} {_native_type(part)}" for part in field.get("fields", ()))
        name = f"STRUCT<{', '.join(parts)}>"
    elif "precision" in field:
        name = f"{name}({field['precision']}, {field.get('scale', 0)})"
    elif "maxLength" in field:
        name = f"{name}({field['maxLength']})"
    return f"ARRAY<{name}>" if field.get("mode") == "REPEATED" else name


def _foreign_key(table: Resource, key: Resource) -> dict[str, Any]:
    target, project = key["referencedTable"], table["tableReference"]["projectId"]
    references = key["columnReferences"]
    return {
        "name": key.get("name", ""),
        "columns": [part["referencingColumn"] for part in references],
        "referenced_database": None if target["projectId"] == project else target["projectId"],
        "referenced_schema": target["datasetId"],
        "referenced_table": target["tableId"],
        "referenced_columns": [part["referencedColumn"] for part in references],
        "on_update": "no action",
        "on_delete": "no action",
    }
