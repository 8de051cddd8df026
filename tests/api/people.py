"""People for tests of the API: made in the database, logged in without a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, insert, select, text

from dataviz_pipelines.core.models.tables import Role, Session, User, UserRole
from dataviz_pipelines.core.security.tokens import SESSION_PREFIX, new_token, token_hash


@dataclass(frozen=True)
class Person:
    """`http` sends the person's bearer token with each request."""

    id: UUID
    email: str
    token: str
    http: httpx.Client

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.http.post(path, json=body, **options)


class People:
    """Makes people for one database and one running application."""

    def __init__(self, engine: Engine, base_url: httpx.URL) -> None:
        self._engine = engine
        self._base_url = base_url
        self._made: list[Person] = []

    def __call__(self, *roles: str, email: str | None = None, is_admin: bool = False) -> Person:
        """Somebody with these roles; none: somebody who may do nothing."""
        address = email or f"person{len(self._made)}@example.com"
        token = new_token(SESSION_PREFIX)
        with self._engine.begin() as connection:
            user_id = connection.execute(
                insert(User).values(email=address, is_admin=is_admin).returning(User.id)
            ).scalar_one()
            _give(connection, user_id, roles)
            connection.execute(
                insert(Session).values(
                    user_id=user_id,
                    token_hash=token_hash(token),
                    expires_at=text("now() + interval '1 day'"),
                )
            )
        person = Person(user_id, address, token, self._client(token))
        self._made.append(person)
        return person

    def close(self) -> None:
        for person in self._made:
            person.http.close()

    def _client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self._base_url, headers=headers, timeout=30)


def _give(connection: Any, user_id: UUID, roles: Sequence[str]) -> None:
    for role_id in connection.execute(select(Role.id).where(Role.name.in_(roles))).scalars():
        connection.execute(insert(UserRole).values(user_id=user_id, role_id=role_id))
