"""`dataviz inspect`: what the reader understood of files, and the same files as plain CSV."""

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from dataviz_pipelines.cli.options import JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading import Inspection, inspect_file, lenient_rows

SHOWN_COLUMNS = 12
SHOWN_REJECTS = 5

commands = typer.Typer()


@dataclass(frozen=True)
class _Report:
    file: Path
    inspection: Inspection | None
    error: str | None
    converted: Path | None

    def document(self) -> dict[str, Any]:
        found = {} if self.inspection is None else asdict(self.inspection)
        return {"file": self.file, "error": self.error, "converted": self.converted, **found}


@commands.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    *,
    json: JsonOption = False,
    csv_dir: Annotated[
        Path | None,
        typer.Option(
            help="Also write each file as NAME_converted.csv (RFC 4180, header first) into this folder."
        ),
    ] = None,
) -> None:
    """Show the format, encoding, dialect, header and first rows of files, and what could not be read."""
    reports = [_report(file, csv_dir) for file in files]
    if json:
        documents = [report.document() for report in reports]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for report in reports:
            _print(report)
    if any(report.error for report in reports):
        raise typer.Exit(1)


def _report(file: Path, csv_dir: Path | None) -> _Report:
    """One file's, whatever it is: a bad one must not keep the others from being looked at."""
    inspection, error = None, None
    converted = None if csv_dir is None else csv_dir / f"{file.stem}_converted.csv"
    try:
        if converted is not None:
            _convert(file, converted)
        inspection = inspect_file(file)
    except UnreadableFileError as unreadable:
        error = str(unreadable)
    except OSError as fault:
        error = f"{file.name} cannot be opened: {fault.strerror}."
    return _Report(file, inspection, error, converted)


def _convert(file: Path, target: Path) -> None:
    """Of a file that cannot be read to its end, `target` has what could be read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lenient_rows(file))


def _print(report: _Report) -> None:
    results.rule(escape(str(report.file)))
    if report.inspection is not None:
        _print_inspection(report.inspection)
    if report.converted is not None:
        results.print(f"written to {report.converted}", markup=False, highlight=False)
    if report.error is not None:
        errors.print(f"[bold red]Error:[/] {escape(report.error)}", soft_wrap=True, highlight=False)


def _print_inspection(inspection: Inspection) -> None:
    results.print(_understood(inspection))
    results.print(_first_rows(inspection))
    for warning in inspection.profile.warnings:
        results.print(f"[yellow]![/] {escape(warning)}", highlight=False)
    if inspection.rejected:
        results.print(_rejects(inspection))


def _understood(inspection: Inspection) -> Table:
    profile = inspection.profile
    table = Table("what", "found", "confidence")
    packed = f", {profile.compression}" if profile.compression else ""
    table.add_row("format", f"{profile.file_format}{packed}", "")
    for name, found in profile.detected.items():
        shown = "none" if found.value is None else repr(found.value)
        table.add_row(name, escape(shown), f"{found.confidence:.0%}")
    for name, lines in (("preamble", profile.preamble), ("footer", profile.footer)):
        if lines:
            table.add_row(name, escape("\n".join(lines[:5])), "")
    table.add_row("columns", str(len(profile.columns)), "")
    table.add_row("records", f"{inspection.records:,}", "")
    table.add_row("rejected", f"{inspection.rejected:,}", "")
    return table


def _first_rows(inspection: Inspection) -> Table:
    columns = inspection.profile.columns[:SHOWN_COLUMNS]
    table = Table(*map(escape, columns), title="first rows", title_justify="left")
    for row in inspection.first_rows:
        table.add_row(*("" if cell is None else escape(cell) for cell in row[:SHOWN_COLUMNS]))
    return table


def _rejects(inspection: Inspection) -> Table:
    counts = ", ".join(f"{rule}: {count:,}" for rule, count in inspection.rules.items())
    table = Table("line", "rule", "message", title=f"rejected ({counts})", title_justify="left")
    for record in inspection.first_rejected[:SHOWN_REJECTS]:
        table.add_row(str(record.line), record.rule, escape(record.message))
    return table
