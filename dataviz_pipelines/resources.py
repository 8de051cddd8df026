"""What assets, jobs and sensors are given: the platform's database and folders, as this process's environment has them."""

from functools import cached_property

from sqlalchemy import Engine

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.discovery.reaching import Discovering
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.notifications.deliverer import Deliverer
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.connecting import Pools


class Platform:
    """One installation. Connections open at first use and belong to the process: a plain object, since Dagster would make
    a ConfigurableResource, and with it a connection pool, anew for every tick and run."""

    @cached_property
    def settings(self) -> Settings:
        return Settings()

    @cached_property
    def engine(self) -> Engine:
        return create_database_engine(database_urls(self.settings).app, application_name="dagster")

    @cached_property
    def deliverer(self) -> Deliverer:
        return Deliverer(self.engine, self.settings)

    @cached_property
    def drops(self) -> Drops:
        functions = load_transforms(self.settings.transform_module_names)
        return Drops(Ingestion.of(self.engine, self.settings, functions), self.settings)

    @cached_property
    def discovering(self) -> Discovering:
        vault = Vault(key_source(self.settings))
        return Discovering(self.engine, vault, Pools(network_guard(self.settings)))

    @cached_property
    def scheduling(self) -> Scheduling:
        return Scheduling(self.engine, self.settings, RUNNERS)
