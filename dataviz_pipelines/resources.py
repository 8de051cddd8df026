"""What assets, jobs and sensors are given: the platform's database and folders, as this process's environment has them."""

from functools import cached_property

from sqlalchemy import Engine

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.notifications.deliverer import Deliverer
from dataviz_pipelines.core.settings import Settings


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
        return Drops(Ingestion(self.engine, self.settings.rejects, functions), self.settings)
