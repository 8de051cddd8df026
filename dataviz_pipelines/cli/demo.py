"""What a person sees of `up --demo`: the files on their way, then what was loaded, what was rejected and why."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status
from rich.table import Table

from dataviz_pipelines.cli.addresses import addresses
from dataviz_pipelines.cli.output import errors, results
from dataviz_pipelines.core.accounts.first_admin import FirstAdmin
from dataviz_pipelines.core.models.documents.outcomes import RowError
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.demo import Demo, DemoFile
from dataviz_pipelines.local.record import UpRecord
from dataviz_pipelines.local.samples import Sample

SHOWN_REJECTS = 3
VALUE_WIDTH = 22
_STYLE: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "show_edge": False}
_REJECT_COLUMNS: tuple[tuple[str, int | None, JustifyMethod], ...] = (
    ("line", 6, "right"),
    ("column", 10, "left"),
    ("rule", 18, "left"),
    ("value", VALUE_WIDTH, "left"),
    ("message", None, "left"),
)
_COLOURS = {UploadStatus.SUCCEEDED: "green", UploadStatus.DUPLICATE: "cyan"}


class DemoScreen:
    """`begin` when the platform is ready, then `look` often; leaving it restores the terminal."""

    def __init__(self, samples: Sequence[Sample], spinner: Status) -> None:
        self._samples = samples
        self._spinner = spinner
        self._demo: Demo | None = None
        self._is_shown = False
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=errors,
            disable=not errors.is_terminal,
            transient=True,
        )

    def __enter__(self) -> "DemoScreen":
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        if self._demo is not None:
            self._demo.__exit__()

    @property
    def all_loaded(self) -> bool:
        return self._demo is not None and self._demo.all_loaded

    def begin(self, settings: Settings, record: UpRecord, first_admin: FirstAdmin | None) -> None:
        self._spinner.stop()
        self._record = record
        self._first_admin = first_admin
        self._demo = Demo(settings, self._samples)
        errors.print(
            f"Everything answers. Dropping {len(self._samples)} sample files into {settings.inbox} …",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        self._task = self._progress.add_task("dropping", total=len(self._samples))
        self._progress.start()

    def look(self) -> None:
        demo = self._demo
        if demo is None or self._is_shown:
            return
        demo.look()
        settled = sum(file.is_settled for file in demo.files)
        self._progress.update(self._task, completed=settled, description=_doing(demo.files))
        if demo.is_over:
            self._progress.stop()
            self._is_shown = True
            self._show(demo)

    def _show(self, demo: Demo) -> None:
        results.print("", _files_table(demo.files))
        for part in _rejects(demo):
            results.print(part, highlight=False)
        results.print()
        for sentence in _remarks(demo):
            results.print(sentence, highlight=False, soft_wrap=True)
        results.print(addresses(demo.settings, self._record, self._first_admin))
        if demo.all_loaded:
            results.print("[bold green]Ready.[/] Ctrl-C stops everything.")
        else:
            results.print("[bold red]Not every file was loaded.[/] Ctrl-C stops everything.")


def _doing(files: Sequence[DemoFile]) -> str:
    """The names of what is under way; the first ones, when there are many."""
    names = [escape(file.name) for file in files if file.is_dropped and not file.is_settled]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"loading {', '.join(names[:2])}{more}"


def _files_table(files: Sequence[DemoFile]) -> Table:
    table = Table(**_STYLE)
    for name in ("file", "template", "table"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "loaded", "rejected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    for file in files:
        table.add_row(*_file_cells(file))
    return table


def _file_cells(file: DemoFile) -> list[str]:
    document, record = file.template.document, file.record
    cells = [file.name, document.name, document.destination_config.table]
    if record is None:
        return [*map(escape, cells), "", "", "", "[red]waiting[/]", ""]
    colour = _COLOURS.get(record.status, "red")
    counts = (record.records_processed, record.records_success, record.records_failed)
    took = "" if record.processing_time_ms is None else f"{record.processing_time_ms / 1000:.1f} s"
    return [
        *map(escape, cells),
        *(f"{count:,}" for count in counts),
        f"[{colour}]{record.status.value}[/]",
        took,
    ]


def _rejects(demo: Demo) -> Iterator[Table | str]:
    """A heading and a table for each file; the tables share their widths, so that they read as one."""
    is_first = True
    for file in demo.files:
        found = demo.first_rejects(file, limit=SHOWN_REJECTS)
        if file.record is None or not found:
            continue
        yield _rejects_heading(file.name, file.record.records_failed, shown=len(found))
        yield _rejects_table(found, show_header=is_first)
        is_first = False


def _rejects_table(found: Sequence[tuple[int, Sequence[RowError]]], *, show_header: bool) -> Table:
    table = Table(**_STYLE, show_header=show_header)
    for name, width, side in _REJECT_COLUMNS:
        table.add_column(name, width=width, justify=side, overflow="fold")
    for line, (reason, *more) in found:
        message = f"{reason.message} (and {len(more)} more)" if more else reason.message
        cells = (reason.column or "", reason.rule, _shortened(reason.value or ""), message)
        table.add_row(str(line), *map(escape, cells))
    return table


def _rejects_heading(name: str, rejected: int, *, shown: int) -> str:
    rows = "1 row" if rejected == 1 else f"{rejected:,} rows"
    first = f"; the first {shown}" if shown < rejected else ""
    return f"\n[bold]{escape(name)}[/]: {rows} rejected{first}"


def _shortened(value: str) -> str:
    return value if len(value) <= VALUE_WIDTH else f"{value[: VALUE_WIDTH - 1]}…"


def _remarks(demo: Demo) -> list[str]:
    remarks = ["Tables are in the schema [bold]uploads[/]."]
    repeated = [file for file in demo.files if _status(file) is UploadStatus.DUPLICATE]
    if repeated:
        remarks.append(
            f"{len(repeated)} files are [cyan]duplicates[/]: the same content was loaded before, so they are on "
            "record and nothing was loaded twice."
        )
    remarks += [
        f"[red]{escape(file.name)}:[/] {escape(file.record.error_message)}"
        for file in demo.files
        if file.record is not None and file.record.error_message
    ]
    if demo.is_late:
        remarks.append(
            f"[red]Not all files were loaded within {demo.time_limit_s:.0f} s.[/] Look at the runs in Dagster, and at "
            f"the logs in {escape(str(demo.settings.logs))}."
        )
    return remarks


def _status(file: DemoFile) -> UploadStatus | None:
    return None if file.record is None else file.record.status
