"""What the application keeps for uploads while it runs."""

from dataclasses import dataclass

from sqlalchemy import Engine

from api.uploading.events import Streams
from api.uploading.reception import Receptions
from api.uploading.watching import Watch
from api.uploading.workbooks import Workbooks
from dataviz_pipelines.core.settings import Settings


@dataclass(frozen=True)
class Uploading:
    receptions: Receptions
    streams: Streams
    watch: Watch
    workbooks: Workbooks

    @classmethod
    def of(cls, settings: Settings, reading: Engine) -> "Uploading":
        return cls(Receptions(settings.received), Streams(), Watch(reading), Workbooks())
