from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, text

from dataviz_pipelines.core.accounts.identity import permissions_in
from dataviz_pipelines.core.models.tables import Role, User, UserRole
from dataviz_pipelines.core.security.caller import Caller, Origin
from tests.core.accounts.somebody import Somebody, hashed

Somebodies = Callable[..., Somebody]


@pytest.fixture
def somebody(app_engine: Engine) -> Somebodies:
    """Makes people who can log in with PASSWORD."""

    def make(email: str, *roles: str, **values: object) -> Somebody:
        with app_engine.begin() as connection:
            row = {"email": email, "password_hash": hashed(), **values}
            user_id = connection.execute(insert(User).values(row).returning(User.id)).scalar_one()
            found = connection.execute(select(Role.id).where(Role.name.in_(roles))).scalars().all()
            for role_id in found:
                connection.execute(insert(UserRole).values(user_id=user_id, role_id=role_id))
        return Somebody(user_id, email)

    return make


@pytest.fixture
def caller_for(app_engine: Engine) -> Callable[[UUID], Caller]:
    """Somebody as a session would make them known."""

    def make(user_id: UUID) -> Caller:
        with app_engine.connect() as connection:
            row = connection.execute(
                text(
                    "SELECT email, is_admin, coalesce(string_agg(permissions::text, ' '), '') AS held FROM users "
                    "LEFT JOIN user_roles ON user_roles.user_id = users.id "
                    "LEFT JOIN roles ON roles.id = role_id WHERE users.id = :id GROUP BY users.id"
                ),
                {"id": user_id},
            ).one()
        return Caller(user_id, row.email, permissions_in(row.held, row.is_admin), origin=Origin())

    return make
