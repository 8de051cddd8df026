"""Looks what is in a data source, at other times than its own schedule or at a part of it."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import require_allowed
from dataviz_pipelines.core.discovery.reaching import Discovering, Wish, discover_source
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.job_types.querying import RUN_QUERIES, platform_of
from dataviz_pipelines.core.job_types.table_profiling import TableProfiling, profile_discovered
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import METADATA

Pattern = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"\S", strip_whitespace=True)
]


class MetadataDiscoveryConfig(Document):
    """Patterns over SCHEMA.TABLE. `include` stands in place of what the source's settings include; `exclude` is left out
    besides what they leave out. `profile`: what is known then is profiled."""

    include: list[Pattern] = Field(default_factory=list, max_length=100)
    exclude: list[Pattern] = Field(default_factory=list, max_length=100)
    profile: TableProfiling | None = None


def discover(context: JobContext[MetadataDiscoveryConfig]) -> None:
    config, log = context.config, context.log
    wish = Wish(Selection(tuple(config.include), tuple(config.exclude)))
    with platform_of(context) as platform:
        discovering = Discovering(platform.database, platform.vault, platform.pools)
        found = discover_source(discovering, str(context.target_id), wish)
        log.say(f"Discovery {found.run_id}: {found.status.value}")
        log.say(", ".join(f"{name} {count}" for name, count in vars(found.counts).items()))
        if config.profile is not None:
            source_id, asked = found.source_id, config.profile
            profile_discovered(platform, context.owner, source_id, wish=wish, asked=asked, log=log)


def _needed(config: MetadataDiscoveryConfig) -> tuple[str, ...]:
    """Profiles read rows, as queries do."""
    return () if config.profile is None else (RUN_QUERIES,)


def require_discoverable(connection: Connection, caller: Caller, source_id: UUID) -> None:
    """As whoever asks for one. Raises InvalidRowError or PermissionDeniedError."""
    place = "/target_resource_id"
    require_allowed(connection, caller, METADATA, source_id, action="discover", place=place)


METADATA_DISCOVERY: Final = Runner(
    job_type=JobType.METADATA_DISCOVERY,
    config=MetadataDiscoveryConfig,
    run=discover,
    timeout_s=3_600,
    heavy=True,
    pool="discovery",
    target=ResourceType.DATA_SOURCE,
    admit=require_discoverable,
    also_needed=_needed,
    is_repeatable=True,
)
