"""Sets a database up, as often as one likes, and says whether it is still as it was set up."""

from dataclasses import dataclass

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.db import DAGSTER_SCHEMA, database_urls
from dataviz_pipelines.core.models.tables import FILE_DROPS_JOB_ID
from dataviz_pipelines.core.schema import catalog, drift, migrate, privileges, store
from dataviz_pipelines.core.schema.ddl import schema_ddl
from dataviz_pipelines.core.schema.drift import Comparison, Drift
from dataviz_pipelines.core.schema.partitions import create_partitions
from dataviz_pipelines.core.schema.revisions import newest_revision
from dataviz_pipelines.core.schema.roles import ensure_app_role, urls_with_app_role
from dataviz_pipelines.core.schema.seeding import plant
from dataviz_pipelines.core.schema.transaction import owner_transaction
from dataviz_pipelines.core.settings import Settings

__all__ = ["FILE_DROPS_JOB_ID", "Drift", "SetupReport", "schema_ddl", "set_up", "verify"]


@dataclass(frozen=True)
class SetupReport:
    """What a set-up did. Empty lists and equal revisions: there was nothing to do."""

    revision_before: str | None
    revision: str
    app_role: str
    app_role_created: bool
    partitions: tuple[str, ...]
    seeds: tuple[str, ...]
    privileges: tuple[str, ...]


def set_up(settings: Settings, *, seed: bool = True, clock: Clock = utc_now) -> SetupReport:
    """Roles, schemas, migrations, partitions, seeds and grants, in one transaction under an advisory lock.

    Two set-ups at once wait for each other; one that is killed leaves nothing behind and can be run again.
    """
    urls = urls_with_app_role(settings)
    app = str(urls.app.username)
    with owner_transaction(urls.owner) as connection:
        store.take_lock(connection)
        created = ensure_app_role(connection, settings, urls)
        for schema in (DAGSTER_SCHEMA, store.UPLOADS_SCHEMA):
            store.create_schema(connection, schema)
        before = migrate.current_revision(connection)
        migrate.upgrade(connection)
        partitions = create_partitions(connection, at=clock())
        seeds = plant(connection) if seed else []
        repairs = privileges.repairs(connection, app)
        for statement in repairs.values():
            store.run_script(connection, statement)
        return SetupReport(
            revision_before=before,
            revision=newest_revision(),
            app_role=app,
            app_role_created=created,
            partitions=tuple(partitions),
            seeds=tuple(seeds),
            privileges=tuple(repairs),
        )


def verify(settings: Settings, *, clock: Clock = utc_now) -> list[Drift]:
    """Every difference between the live database and the models, in the order in which to repair them. Changes nothing."""
    urls = database_urls(settings)
    app = str(urls.app.username)
    with owner_transaction(urls.owner) as connection:
        both = Comparison(
            wanted=catalog.read_models(connection), found=catalog.read(connection), app=app
        )
        return [
            *drift.surroundings(connection, app),
            *drift.structure(both),
            *drift.contents(connection, both, at=clock()),
        ]
