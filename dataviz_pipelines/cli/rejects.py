"""`dataviz rejects`: which rows of an upload were refused, and a file of them to correct and send again."""

import shutil
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from dataviz_pipelines.cli.ingest import ingestion_of, rejects_table
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import print_json, results
from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.service import first_rejects, read_upload, reject_workbook
from dataviz_pipelines.core.ingestion.store import UploadRecord

commands = typer.Typer()


@commands.command()
def rejects(
    upload: Annotated[UUID, typer.Argument(help="The upload's id.")],
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write all of them to this .csv or .xlsx file.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the rejected rows of an upload, or write them to a file."""
    with ingestion_of(home) as ingestion:
        record = read_upload(ingestion, upload)
        if to is not None:
            shutil.copyfile(_complete_file(record, to), to)
        found = first_rejects(ingestion, upload, limit=limit)
    if json:
        print_json([{"line": line, "errors": errors, "raw": raw} for line, errors, raw in found])
    elif to is not None:
        results.print(f"{record.records_failed:,} rejected rows are in {escape(str(to))}.")
    else:
        results.print(rejects_table(found))


def _complete_file(record: UploadRecord, to: Path) -> Path:
    workbook = reject_workbook(record) if to.suffix == ".xlsx" else None
    if workbook is None and to.suffix != ".csv":
        raise InvalidInputError(f"{to} is neither a .csv nor an .xlsx file.")
    return workbook or Path(record.reject_path or "")
