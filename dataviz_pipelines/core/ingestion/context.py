"""What an installation gives to every upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.ingestion.transforms import TransformFunction


@dataclass(frozen=True)
class Ingestion:
    """What every upload needs: the database as the application's role, a place for reject files, registered functions."""

    engine: Engine
    rejects: Path
    functions: Mapping[str, TransformFunction] = field(default_factory=dict)
    clock: Clock = utc_now
