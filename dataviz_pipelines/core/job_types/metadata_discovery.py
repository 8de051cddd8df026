"""Looks what is in a data source, at other times than its own schedule or at a part of it."""

from contextlib import closing
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import require_allowed
from dataviz_pipelines.core.discovery.reaching import Discovering, Wish, discover_source
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import METADATA
from dataviz_pipelines.core.sources.connecting import Pools

Pattern = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"\S", strip_whitespace=True)
]


class MetadataDiscoveryConfig(Document):
    """Patterns over SCHEMA.TABLE. `include` stands in place of what the source's settings include; `exclude` is left out
    besides what they leave out."""

    include: list[Pattern] = Field(default_factory=list, max_length=100)
    exclude: list[Pattern] = Field(default_factory=list, max_length=100)


def discover(context: JobContext[MetadataDiscoveryConfig]) -> None:
    config, settings = context.config, context.settings
    vault = Vault(key_source(settings))
    wish = Wish(Selection(tuple(config.include), tuple(config.exclude)))
    with closing(Pools(network_guard(settings))) as pools:
        discovering = Discovering(context.engine, vault, pools)
        found = discover_source(discovering, str(context.target_id), wish)
    context.log.say(f"Discovery {found.run_id}: {found.status.value}")
    context.log.say(", ".join(f"{name} {count}" for name, count in vars(found.counts).items()))


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
    is_repeatable=True,
)
