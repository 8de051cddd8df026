"""`up --demo`: drops the sample files into the inbox of a running platform, and follows each until it is loaded or refused.

Nothing here loads anything: the sensor finds the files and its runs load them, as with any file that a person drops.
"""

import logging
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import first_rejects
from dataviz_pipelines.core.ingestion.store import UploadRecord, recent_uploads
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, save_template
from dataviz_pipelines.core.models.documents.outcomes import RowError
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.samples import Sample, sample_template

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 300.0
LOOK_EVERY_S = 0.5
_UNSETTLED = frozenset({UploadStatus.QUEUED, UploadStatus.RUNNING})
_THERE = frozenset({UploadStatus.SUCCEEDED, UploadStatus.DUPLICATE})
_RECENT = 20  # uploads of a template among which the dropped file is looked for


@dataclass
class DemoFile:
    """One sample on its way. `before` are the uploads that were there when it was dropped."""

    sample: Sample
    template: StoredTemplate
    before: frozenset[UUID] | None = None
    record: UploadRecord | None = None

    @property
    def name(self) -> str:
        return self.sample.source.name

    @property
    def is_dropped(self) -> bool:
        return self.before is not None

    @property
    def is_settled(self) -> bool:
        return self.record is not None and self.record.status not in _UNSETTLED

    @property
    def is_loaded(self) -> bool:
        """Its rows are in the table: by this upload, or by an earlier one of the same content."""
        return self.record is not None and self.record.status in _THERE


@dataclass
class Demo:
    """Call `look` again and again until `is_over`; each call returns soon. Use as a context manager."""

    settings: Settings
    samples: Sequence[Sample]
    time_limit_s: float = TIME_LIMIT_S
    files: list[DemoFile] = field(default_factory=list)

    def __post_init__(self) -> None:
        engine = create_database_engine(
            database_urls(self.settings).app, application_name="dataviz demo", pool_size=1
        )
        self._ingestion = Ingestion(engine, self.settings.rejects)
        self._started = time.monotonic()
        self._next_look = self._started

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *_: object) -> None:
        self._ingestion.engine.dispose()

    @property
    def is_settled(self) -> bool:
        return bool(self.files) and all(file.is_settled for file in self.files)

    @property
    def is_late(self) -> bool:
        return not self.is_settled and time.monotonic() - self._started > self.time_limit_s

    @property
    def is_over(self) -> bool:
        return self.is_settled or self.is_late

    @property
    def all_loaded(self) -> bool:
        return self.is_settled and all(file.is_loaded for file in self.files)

    def look(self) -> None:
        """A database that does not answer is asked again: whoever watches it starts it anew."""
        if self.is_over or time.monotonic() < self._next_look:
            return
        try:
            self._advance()
        except SQLAlchemyError:
            logger.warning("The database did not answer; the demo asks it again.", exc_info=True)
        self._next_look = time.monotonic() + LOOK_EVERY_S

    def first_rejects(self, file: DemoFile, *, limit: int) -> list[tuple[int, list[RowError]]]:
        """Lines of a file's first rejected rows, with the reasons."""
        if file.record is None:
            return []
        found = first_rejects(self._ingestion, file.record.id, limit=limit)
        return [
            (line, [RowError.model_validate(error) for error in errors])
            for line, errors, _ in found
        ]

    def _advance(self) -> None:
        if not self.files:
            self.files = self._add_templates()
        for file in self.files:
            if not file.is_dropped and self._may_drop(file):
                file.before = frozenset(record.id for record in self._uploads_of(file))
                drop(file.sample.source, self.settings.inbox / file.sample.template)
            elif file.is_dropped and not file.is_settled:
                file.record = self._record_of(file)

    def _add_templates(self) -> list[DemoFile]:
        """Key: a template's name; the same content again changes nothing."""
        with self._ingestion.engine.begin() as connection:
            return [
                DemoFile(sample, save_template(connection, sample_template(sample))[0])
                for sample in self.samples
            ]

    def _may_drop(self, file: DemoFile) -> bool:
        settled = {other.sample.template for other in self.files if other.is_settled}
        return settled.issuperset(file.sample.after)

    def _record_of(self, file: DemoFile) -> UploadRecord | None:
        found = [
            record
            for record in self._uploads_of(file)
            if record.file_name == file.name and record.id not in (file.before or ())
        ]
        return found[0] if found else None

    def _uploads_of(self, file: DemoFile) -> list[UploadRecord]:
        with self._ingestion.engine.begin() as connection:
            return recent_uploads(connection, template_id=file.template.id, limit=_RECENT)


def drop(source: Path, folder: Path) -> None:
    """Under a hidden name until it is whole, so that nobody takes half of it; with its old time, so that nobody waits."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{source.name}.{os.getpid()}"
    shutil.copy2(source, hidden)
    hidden.chmod(0o600)
    hidden.rename(folder / source.name)
