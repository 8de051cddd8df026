"""What tests are made of: a template in few words, a file of a few rows."""

from collections.abc import Sequence
from typing import Any

from dataviz_pipelines.core.ingestion.templates import check_template
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument


def document(
    *columns: dict[str, Any] | str,
    table: str = "target",
    name: str = "orders",
    mode: str = "append",
    functions: Sequence[str] = (),
    **parts: Any,
) -> TemplateDocument:
    """A checked template for CSV files with these columns (a bare name is a text; keys are never NULL). `parts` are `rows`, `file`, `steps`,
    fields of the destination (`keys`, `contract`, `upload_id_column`, `schema`) or fields of the template."""
    keys = parts.get("keys", [])
    rules: dict[str, Any] = {"columns": [_column(each, keys) for each in columns]}
    rules |= {part: parts.pop(part) for part in ("rows", "file") if part in parts}
    destination = {
        part: parts.pop(part)
        for part in ("keys", "contract", "upload_id_column", "schema")
        if part in parts
    }
    return check_template(
        {
            "name": name,
            "file_format": "csv",
            "validation_rules": rules,
            "transformation_rules": {"steps": parts.pop("steps", [])},
            "destination_config": {"table": table, **destination},
            "upload_mode": mode,
            **parts,
        },
        functions=functions,
    )


def _column(column: dict[str, Any] | str, keys: Sequence[str]) -> dict[str, Any]:
    rule = {"name": column} if isinstance(column, str) else column
    return {"nullable": False, **rule} if rule["name"] in keys else rule


def csv_text(header: Sequence[str], *rows: Sequence[object]) -> str:
    """Plain cells, joined by commas; none of them may need quotes."""
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"
