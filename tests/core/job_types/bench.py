"""Jobs over saved queries of a data source that is there, done in this process as a worker does them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, select, text, update

from dataviz_pipelines.core.models.tables import (
    ResourcePermission,
    Role,
    SavedQuery,
    SchedulerJobRun,
    UserRole,
)
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.performing import perform
from tests.core.scheduling.given import Jobs


@dataclass
class Bench:
    jobs: Jobs
    source_id: UUID

    @property
    def engine(self) -> Engine:
        return self.jobs.engine

    def save(self, sql: str) -> UUID:
        with self.engine.begin() as connection:
            made: UUID = connection.execute(
                insert(SavedQuery)
                .values(name="Asked", query_text=sql, data_source_id=self.source_id)
                .returning(SavedQuery.id)
            ).scalar_one()
        return made

    def change(self, query_id: UUID, sql: str) -> None:
        with self.engine.begin() as connection:
            statement = update(SavedQuery).where(SavedQuery.id == query_id)
            connection.execute(statement.values(query_text=sql))

    def set(self, setting: str, value: int) -> None:
        self.rows(
            f"UPDATE system_settings SET setting_value = '{value}' WHERE setting_key = '{setting}'"
            " RETURNING 1"
        )

    def owner(self, *permissions: str, sees: tuple[tuple[str, UUID], ...] = ()) -> UUID:
        user_id = self.jobs.person()
        with self.engine.begin() as connection:
            role = {"name": f"role {user_id}", "permissions": list(permissions)}
            role_id = connection.execute(
                insert(Role).values(**role).returning(Role.id)
            ).scalar_one()
            connection.execute(insert(UserRole).values(user_id=user_id, role_id=role_id))
            for kind, row_id in sees:
                connection.execute(
                    insert(ResourcePermission).values(
                        resource_type=kind,
                        resource_id=row_id,
                        principal_type="user",
                        principal_id=user_id,
                        permission_type="view",
                    )
                )
        return user_id

    def job(
        self, job_type: str, query_id: UUID | None, *, owner: UUID | None = None, **config: Any
    ) -> UUID:
        job_id = self.jobs.add(owner=owner)
        target = {"target_resource_type": "saved_query", "target_resource_id": query_id}
        columns = target if query_id is not None else {}
        self.jobs.set(job_id, job_type=job_type, job_config=config, **columns)
        return job_id

    def run(self, job_id: UUID) -> Any:
        """Its next slot's run, when it has ended."""
        self.jobs.tick()
        for batch in make_batches(self.jobs.scheduling):
            with self.engine.connect() as connection:
                found = select(SchedulerJobRun.id).where(SchedulerJobRun.batch_id == batch.id)
                ids = connection.execute(found).scalars().all()
            for run_id in ids:
                perform(self.jobs.scheduling, batch.id, run_id)
        self.jobs.now += timedelta(minutes=1)
        return self.jobs.runs(job_id)[-1]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
