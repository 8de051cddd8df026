"""Looks what is in a data source, at other times than its own schedule or at a part of it."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from dataviz_pipelines.core.discovery.reaching import Discovering, Wish, discover_source
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner
from dataviz_pipelines.core.secrets import Vault, key_source
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
    discovering = Discovering(
        context.engine, Vault(key_source(settings)), Pools(network_guard(settings))
    )
    wish = Wish(Selection(tuple(config.include), tuple(config.exclude)))
    found = discover_source(discovering, str(context.target_id), wish)
    context.log.say(f"Discovery {found.run_id}: {found.status.value}")
    context.log.say(", ".join(f"{name} {count}" for name, count in vars(found.counts).items()))


METADATA_DISCOVERY: Final = Runner(
    job_type=JobType.METADATA_DISCOVERY,
    config=MetadataDiscoveryConfig,
    run=discover,
    timeout_s=3_600,
    heavy=True,
    pool="discovery",
    target=ResourceType.DATA_SOURCE,
    permissions=("metadata:discover",),
    is_repeatable=True,
)
