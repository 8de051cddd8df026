"""What a person sees of one discovery in the Dagster UI."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from sqlalchemy import Connection

from dataviz_pipelines.assets.markdown import markdown_table
from dataviz_pipelines.core.discovery.recording import Discovery
from dataviz_pipelines.core.discovery.reporting import (
    LargeTable,
    NotedChange,
    Totals,
    largest_tables,
    noted_changes,
    totals,
    values_shown,
)
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem

SHOWN = 50
_WIDTH = 300


@dataclass(frozen=True)
class Found:
    """A run, and what is known after it."""

    run: Discovery
    totals: Totals
    changes: list[NotedChange]
    largest: list[LargeTable]


def found_by(connection: Connection, run: Discovery) -> Found:
    return Found(
        run,
        totals(connection, run.source_id),
        noted_changes(connection, run.run_id),
        largest_tables(connection, run.source_id, most=SHOWN),
    )


def metadata(found: Found) -> dict[str, dg.MetadataValue]:
    """Numbers are plotted over time. What is not known is left out, for it is not 0."""
    numbers = {
        "dagster/row_count": found.totals.tables,
        "tables": found.totals.tables,
        "columns": found.totals.columns,
        "rows": found.totals.rows,
        "size_bytes": found.totals.size_bytes,
        **vars(found.run.counts),
        "breaking_changes": sum(change.is_breaking for change in found.changes),
    }
    shown: dict[str, dg.MetadataValue] = {
        "discovery_run_id": dg.MetadataValue.text(str(found.run.run_id)),
        "status": dg.MetadataValue.text(found.run.status.value),
        **{name: dg.MetadataValue.int(n) for name, n in numbers.items() if n is not None},
    }
    texts = {
        "largest_tables": _largest(found.largest),
        "problems_found": problems_shown(found.run.problems),
        "changes": changes_shown(found.changes),
    }
    return shown | {name: dg.MetadataValue.md(text) for name, text in texts.items() if text}


def problems_shown(problems: Sequence[DiscoveryProblem]) -> str:
    rows = [
        [place_of(problem), problem.kind.value, problem.reason, problem.remedy]
        for problem in problems[:SHOWN]
    ]
    return _shown(["table", "problem", "reason", "remedy"], rows, len(problems))


def changes_shown(changes: Sequence[NotedChange]) -> str:
    rows = [
        [
            change.place,
            change.change_type,
            "yes" if change.is_breaking else "no",
            values_shown(change.before) or None,
            values_shown(change.after) or None,
        ]
        for change in changes[:SHOWN]
    ]
    return _shown(["what", "change", "breaking", "before", "after"], rows, len(changes))


def place_of(problem: DiscoveryProblem) -> str:
    return ".".join(part for part in (problem.schema_name, problem.table_name) if part)


def _largest(tables: Sequence[LargeTable]) -> str:
    rows = [
        [
            f"{table.schema_name}.{table.table_name}",
            table.table_type,
            str(table.columns),
            None if table.row_count is None else f"{table.row_count:,} ({table.row_count_kind})",
            None if table.size_bytes is None else f"{table.size_bytes:,}",
        ]
        for table in tables
    ]
    return _shown(["table", "type", "columns", "rows", "bytes"], rows, len(tables))


def _shown(header: Sequence[str], rows: Sequence[Sequence[str | None]], count: int) -> str:
    """Nothing, where there is nothing to show."""
    if not rows:
        return ""
    table = markdown_table(header, rows, width=_WIDTH)
    return f"{table}\n\n… and {count - len(rows)} more." if count > len(rows) else table
