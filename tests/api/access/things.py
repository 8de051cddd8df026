"""Things to share, and whom they are shared with, written into the database as they are."""

from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, func, insert, select, text, update

from dataviz_pipelines.core.models import tables
from dataviz_pipelines.core.models.tables import Base, ResourcePermission, ResourceType
from dataviz_pipelines.core.security.rows import KINDS
from tests.api.people import Person

PREFIX = "/api/v1"
NEEDED: dict[str, dict[str, Any]] = {
    "dashboard": {},
    "visualization": {"visualization_type": "bar"},
    "saved_query": {"query_text": "SELECT 1 AS secret"},
    "data_source": {
        "connection_type": "postgresql",
        "connection_config": {"key_id": "1", "nonce": "", "ciphertext": "c2VjcmV0"},
    },
    "upload_template": {
        "file_format": "csv",
        "validation_rules": {"columns": [{"name": "city"}]},
        "destination_config": {"table": "cities"},
        "is_active": False,
    },
    "scheduler_job": {"job_type": "http_call", "job_config": {"url": "https://example.org"}},
    "theme": {},
    "chart": {"chart_type": "odd"},
}
PATHS = {
    "dashboard": "dashboards",
    "visualization": "visualizations",
    "saved_query": "saved-queries",
    "data_source": "data-sources",
    "upload_template": "upload-templates",
    "scheduler_job": "scheduler-jobs",
    "theme": "themes",
    "chart": "charts",
}


class Things:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers = count(1)

    def make(self, kind: str, owner: Person | None = None, **values: Any) -> UUID:
        """A thing of a kind. `owner`: whose it is; None: nobody's."""
        row = {"name": f"{kind} {next(self._numbers)}", **NEEDED[kind], **values}
        if kind == "saved_query" and "data_source_id" not in row:
            row["data_source_id"] = self.make("data_source", owner)
        return self.insert(
            Base.metadata.tables[KINDS[ResourceType(kind)].table], owner=owner, **row
        )

    def insert(self, table: Any, *, owner: Person | None = None, **values: Any) -> UUID:
        row = {"id": uuid4(), "created_by": owner.id if owner else None, **values}
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))
        return UUID(str(row["id"]))

    def component(self, dashboard: UUID, visualization: UUID | None, **values: Any) -> UUID:
        """Each below the one before."""
        place = {"position_x": 0, "position_y": next(self._numbers), "width": 4, "height": 1}
        return self.insert(
            tables.DashboardComponent,
            dashboard_id=dashboard,
            visualization_id=visualization,
            component_type="visualization",
            **(place | values),
        )

    def grant(
        self,
        kind: str,
        thing: UUID,
        principal: Person | UUID,
        level: str = "view",
        *,
        lasts: str | None = None,
    ) -> UUID:
        """`lasts`: for how long, such as `1 day` or `-1 second`; None: for good. A UUID is a role's."""
        is_person = isinstance(principal, Person)
        return self.insert(
            ResourcePermission,
            resource_type=kind,
            resource_id=thing,
            principal_type="user" if is_person else "role",
            principal_id=principal.id if isinstance(principal, Person) else principal,
            permission_type=level,
            expires_at=None if lasts is None else text(f"now() + interval '{lasts}'"),
        )

    def role(self, name: str) -> UUID:
        """The id of a role that is there."""
        with self._engine.begin() as connection:
            found = connection.execute(select(tables.Role.id).where(tables.Role.name == name))
            return UUID(str(found.scalar_one()))

    def new_role(self, *permissions: str) -> UUID:
        name = f"Role {next(self._numbers)}"
        return self.insert(tables.Role, name=name, permissions=list(permissions))

    def give(self, person: Person, role: UUID) -> None:
        self.insert(tables.UserRole, user_id=person.id, role_id=role)

    def disable(self, person: Person) -> None:
        with self._engine.begin() as connection:
            change = update(tables.User).where(tables.User.id == person.id)
            connection.execute(change.values(is_active=False))

    def show_public_dashboards(self, *, on: bool = True) -> None:
        with self._engine.begin() as connection:
            setting = tables.SystemSetting
            change = update(setting).where(setting.setting_key == "enable_public_dashboards")
            connection.execute(change.values(setting_value=on))

    def count(self, model: Any, **values: Any) -> int:
        with self._engine.begin() as connection:
            found = select(func.count()).select_from(model).filter_by(**values)
            return int(connection.execute(found).scalar_one())
