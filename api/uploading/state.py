"""What the application keeps for uploads while it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from api.uploading.places import Places
from api.uploading.watching import Watch
from api.uploading.workbooks import Workbooks
from dataviz_pipelines.core.settings import Settings

MOST_FILES: Final = 32
MOST_FILES_OF_ONE_PERSON: Final = 8
MOST_STREAMS: Final = 200
MOST_STREAMS_OF_ONE_PERSON: Final = 20


@dataclass(frozen=True)
class Uploading:
    """`arriving` are files, `streams` are of events."""

    received: Path
    arriving: Places
    streams: Places
    watch: Watch
    workbooks: Workbooks

    @classmethod
    def of(cls, settings: Settings, reading: Engine) -> "Uploading":
        return cls(
            received=settings.received,
            arriving=Places(
                "files arrive",
                "Send them one after the other.",
                most=MOST_FILES,
                most_of_one_person=MOST_FILES_OF_ONE_PERSON,
            ),
            streams=Places(
                "uploads are followed",
                "Close some, or read the upload itself now and then.",
                most=MOST_STREAMS,
                most_of_one_person=MOST_STREAMS_OF_ONE_PERSON,
            ),
            watch=Watch(reading),
            workbooks=Workbooks(),
        )
