"""What an installation gives to every upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.ingestion.transforms import TransformFunction
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.access import SourceAccess


@dataclass(frozen=True)
class Ingestion:
    """What every upload needs: the database as the application's role, a place for reject files, registered functions, and
    `sources`, without which nothing is loaded into a data source."""

    engine: Engine
    rejects: Path
    functions: Mapping[str, TransformFunction] = field(default_factory=dict)
    clock: Clock = utc_now
    sources: SourceAccess | None = None

    @classmethod
    def of(
        cls,
        engine: Engine,
        settings: Settings,
        functions: Mapping[str, TransformFunction] | None = None,
    ) -> "Ingestion":
        """As the settings say."""
        return cls(engine, settings.rejects, functions or {}, sources=SourceAccess.of(settings))
