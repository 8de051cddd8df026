"""People, what they made, and what is said to them when the shop changes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, Row, insert, text

from dataviz_pipelines.core.discovery.service import discover
from dataviz_pipelines.core.models.tables import (
    SavedQuery,
    SchedulerJob,
    UploadTemplate,
    User,
    Visualization,
)
from tests.core.discovery.sources import Source


@dataclass(frozen=True)
class Shop:
    engine: Engine
    source_id: UUID
    server: Source

    def person(self) -> UUID:
        return self._insert(User, email=f"{uuid4().hex}@example.org")

    def query(self, query_text: str, owner: UUID | None = None, *, name: str = "query") -> UUID:
        values = {"name": name, "query_text": query_text, "created_by": owner}
        return self._insert(SavedQuery, data_source_id=self.source_id, **values)

    def visualization(self, owner: UUID | None = None, **config: Any) -> UUID:
        named = {key: str(value) for key, value in config.items()}
        source_id = self.source_id if "query_text" in config else None
        return self._insert(
            Visualization,
            name="picture",
            visualization_type="bar",
            data_source_id=source_id,
            query_config=named,
            created_by=owner,
        )

    def template(self, *columns: Any, **destination: Any) -> UUID:
        rules = [{"name": each} if isinstance(each, str) else each for each in columns]
        return self._insert(
            UploadTemplate,
            name=uuid4().hex,
            file_format="csv",
            validation_rules={"columns": rules},
            destination_config={"schema": "shop", "table": "orders", **destination},
        )

    def job(self, **values: Any) -> UUID:
        return self._insert(SchedulerJob, name="job", **{"job_type": "query_refresh", **values})

    def change(self, *statements: str) -> None:
        self.server.execute(*statements)
        discover(self.engine, self.source_id, self.server.engine())

    def impacts(self) -> set[tuple[Any, ...]]:
        """What is concerned, how, and why."""
        return {
            tuple(row)
            for row in self.rows("SELECT resource_id, effect, reason FROM change_impacts")
        }

    def effects(self) -> dict[UUID, str]:
        return {row[0]: row[1] for row in self.impacts()}

    def told(self, person: UUID) -> list[tuple[str, str]]:
        return [
            (title, message)
            for user_id, title, message in self.rows(
                "SELECT user_id, title, message FROM notifications ORDER BY created_at"
            )
            if user_id == person
        ]

    def rows(self, query: str) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)).all())

    def _insert(self, model: Any, **values: Any) -> UUID:
        made = uuid4()
        with self.engine.begin() as connection:
            connection.execute(insert(model).values(id=made, **values))
        return made
