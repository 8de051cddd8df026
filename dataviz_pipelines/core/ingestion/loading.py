"""One file, read once, into one table, inside a transaction that the caller ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import Destination, Loader, LoadResult
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError, UploadCancelledError
from dataviz_pipelines.core.ingestion.findings import findings_between
from dataviz_pipelines.core.ingestion.headers import HeaderMatch
from dataviz_pipelines.core.ingestion.identity import WatchedFile
from dataviz_pipelines.core.ingestion.pipeline import Accepted, Pipeline
from dataviz_pipelines.core.ingestion.prefetch import Prefetched
from dataviz_pipelines.core.ingestion.reading import Limits, open_source
from dataviz_pipelines.core.ingestion.refusals import Loaded, matched_headers, refuse_by_file_rules
from dataviz_pipelines.core.ingestion.rejects import RejectLog
from dataviz_pipelines.core.ingestion.source import TEMPLATE_FORMATS, Profile, Source
from dataviz_pipelines.core.ingestion.transforms import TransformFunction
from dataviz_pipelines.core.models.documents.outcomes import (
    DetectedSetting,
    Stage,
    UploadDetails,
    UploadProgress,
)
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, Contract, TemplateDocument

PREVIEW_ROWS = 5
MIB = 1024 * 1024


@dataclass(frozen=True)
class Watching:
    """How somebody follows a load, and stops it. Both are called between chunks, by the loading thread."""

    on_progress: Callable[[UploadProgress], None] = lambda progress: None  # noqa: ARG005  # names it for callers
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass
class _Counts:
    accepted: int = 0
    bytes_done: int = 0
    preview: list[list[str | None]] = field(default_factory=list)

    def add(self, chunk: Accepted) -> None:
        if len(self.preview) < PREVIEW_ROWS:
            shown = chunk.rows.head(PREVIEW_ROWS - len(self.preview)).cast(pl.String)
            self.preview += [list(row) for row in shown.iter_rows()]
        self.accepted += chunk.rows.height
        self.bytes_done += chunk.bytes_read


def load_file(
    destination: Destination,
    watched: WatchedFile,
    document: TemplateDocument,
    *,
    reject_path: Path,
    functions: Mapping[str, TransformFunction],
    watching: Watching,
) -> Loaded:
    """Raises UnreadableFileError, FileRefusedError (TooManyRejectsError with the findings), DestinationError,
    UploadCancelledError; the caller rolls back."""
    with closing(_open(watched, document)) as source:
        match = matched_headers(source.profile, document, watched.path.name)
        rejects = RejectLog(reject_path, source.profile.columns)
        with rejects, destination.loading() as loader:
            evolves = document.destination_config.contract is Contract.EVOLVE
            rules = loader.open(match.unknown if evolves else ())
            pipeline = Pipeline(document, rules, match=match, functions=functions)
            counts = _stream(pipeline.run(source, rejects), loader, watched, rejects, watching)
            _tell(Stage.WRITING, counts, watched, rejects, watching)
            _settle(loader, watched, document, rejects, counts)
            result = loader.finish()
    columns = [(rule.name, destination.column_type(rule)) for rule in rules]
    details = _details(document, source.profile, rules, match, rejects, counts, result)
    details = details.model_copy(update={"columns": columns})
    loaded = Loaded(
        counts.accepted, rejects.rejected, result, details, tuple(rejects.kept), rejects.finish()
    )
    refuse_by_file_rules(document.validation_rules.file, watched.path.name, loaded)
    return loaded


def _open(watched: WatchedFile, document: TemplateDocument) -> Source:
    max_bytes = document.max_file_size_mb * MIB
    if watched.state.size_bytes > max_bytes:
        raise UnreadableFileError(
            f"File {watched.path.name} has {watched.state.size_bytes / MIB:.1f} MB; the template takes at most "
            f"{document.max_file_size_mb} MB.",
            remedy="Split the file, or raise the template's max_file_size_mb.",
        )
    expected = [
        name for rule in document.validation_rules.columns for name in (rule.name, *rule.aliases)
    ]
    source = open_source(
        watched.path,
        document.reader_config,
        limits=Limits(max_bytes=max_bytes),
        expected_columns=expected,
    )
    if TEMPLATE_FORMATS[source.profile.file_format] is not document.file_format:
        source.close()
        raise UnreadableFileError(
            f"File {watched.path.name} is {source.profile.file_format}; the template takes "
            f"{document.file_format.value}.",
            remedy="Use a template for that format.",
        )
    return source


def _stream(
    accepted: Iterator[Accepted],
    loader: Loader,
    watched: WatchedFile,
    rejects: RejectLog,
    watching: Watching,
) -> _Counts:
    counts = _Counts()
    with Prefetched(accepted) as chunks:
        for chunk in chunks:
            loader.write(chunk.rows, chunk.positions)
            counts.add(chunk)
            _tell(Stage.READING, counts, watched, rejects, watching)
    return counts


def _tell(
    stage: Stage, counts: _Counts, watched: WatchedFile, rejects: RejectLog, watching: Watching
) -> None:
    watching.on_progress(
        UploadProgress(
            stage=stage,
            bytes_done=counts.bytes_done,
            bytes_total=watched.state.size_bytes,
            rows_accepted=counts.accepted,
            rows_rejected=rejects.rejected,
        )
    )
    if watching.is_cancelled():
        raise UploadCancelledError(
            f"Loading {watched.path.name} was cancelled; nothing was loaded."
        )


def _settle(
    loader: Loader,
    watched: WatchedFile,
    document: TemplateDocument,
    rejects: RejectLog,
    counts: _Counts,
) -> None:
    """Rows that the database took out join the other rejects, as they stood in the file; only then is it read again."""
    late = loader.settle()
    if late.is_empty():
        return
    counts.accepted -= late["row"].n_unique()
    rows_before = 0
    with closing(_open(watched, document)) as source:
        for chunk in source.chunks():
            rejects.add_rows(
                chunk, findings_between(late, rows_before, rows_before + chunk.frame.height)
            )
            rows_before += chunk.frame.height


def _details(
    document: TemplateDocument,
    profile: Profile,
    rules: Sequence[ColumnRule],
    match: HeaderMatch,
    rejects: RejectLog,
    counts: _Counts,
    result: LoadResult,
) -> UploadDetails:
    destination = document.destination_config
    return UploadDetails(
        detected={
            name: DetectedSetting(**asdict(found)) for name, found in profile.detected.items()
        },
        descriptions={rule.name: rule.description for rule in rules if rule.description},
        source_columns=list(profile.columns),
        warnings=[*profile.warnings, *match.warnings, *result.warnings],
        top_reasons=rejects.top_reasons(),
        preview=counts.preview,
        data_source=None if destination.data_source is None else UUID(destination.data_source),
        destination=destination.place,
        upload_id_column=destination.upload_id_column,
        inserted=result.inserted,
        updated=result.updated,
        unchanged=result.unchanged,
        deleted=result.deleted,
        changes=list(result.changes),
    )
