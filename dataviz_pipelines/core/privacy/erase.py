"""Erasing a person: a pseudonym takes their place, what was theirs alone goes, what they did stays."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.audit import note
from dataviz_pipelines.core.privacy import store
from dataviz_pipelines.core.privacy.columns import Holds, held, owner, tables
from dataviz_pipelines.core.privacy.person import FIRST_NAME, LAST_NAME, Person, find_person
from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.sql import blocks

_SQL = blocks("dataviz_pipelines.core.privacy", "privacy.sql")


@dataclass
class Erasure:
    """Numbers of rows by table. `files` are those on disk whose names named the person; they are left alone."""

    user_id: UUID
    pseudonym: str
    deleted: Counter[str] = field(default_factory=Counter)
    rewritten: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)


def erase_person(engine: Engine, who: str) -> Erasure:
    """One transaction, as the owner of the database: the application may not rewrite the audit. Can be repeated; the
    pseudonym stays the same. Raises PersonNotFoundError."""
    with engine.begin() as connection:
        person = find_person(connection, who)
        _run(connection, "lock", id=person.id)
        _run(connection, "hold_sealing")
        erasure = Erasure(person.id, person.pseudonym)
        _delete(connection, person, erasure)
        _replace(connection, person, erasure)
        _rewrite_audit(connection, person, erasure)
        note(
            connection,
            "erase",
            user_id=None,
            resource_type="users",
            resource_id=person.id,
            details={"pseudonym": person.pseudonym},
            origin=Origin(),
        )
    return erasure


def _delete(connection: Connection, person: Person, erasure: Erasure) -> None:
    """What would go with them, if they could go."""
    deleted = erasure.deleted
    subjects = _throttled(connection, person)
    deleted["login_throttles"] += _run(connection, "forget_throttles", subjects=subjects)
    deleted["idempotency_keys"] += _run(connection, "forget_answers", id=person.id)
    deleted["resource_permissions"] += _run(connection, "end_grants", id=person.id)
    for table in tables():
        if owner(table) is not None:
            deleted[table.name] += store.delete_theirs(connection, table, person)


def _throttled(connection: Connection, person: Person) -> list[str]:
    """What their attempts to log in are counted under."""
    addresses = connection.exec_driver_sql(_SQL["addresses"], {"id": person.id}).scalars()
    return [
        *(throttle.account(email) for email in person.emails),
        *(throttle.address(address) for address in addresses),
    ]


def _replace(connection: Connection, person: Person, erasure: Erasure) -> None:
    names = {"email": person.pseudonym, "first_name": FIRST_NAME, "last_name": LAST_NAME}
    erasure.rewritten["users"] += _run(connection, "become", id=person.id, **names)
    for table in tables():
        if table.name == store.AUDIT:
            continue
        if held(table, Holds.ADDRESS) and "user_id" in table.c:
            erasure.rewritten[table.name] += store.forget_addresses(connection, table, person)
        if held(table, Holds.TEXT) and person.mentions:
            erasure.rewritten[table.name] += store.replace_mentions(connection, table, person)
        if held(table, Holds.PATH) and person.mentions:
            erasure.files += store.forget_paths(connection, table, person)


def _rewrite_audit(connection: Connection, person: Person, erasure: Erasure) -> None:
    """Last of all, so that it meets what the triggers have noted of the erasure itself."""
    ids = store.rewrite_audit(connection, person)
    erasure.rewritten[store.AUDIT] += len(ids)
    if ids:
        _run(connection, "seal_again", ids=ids)


def _run(connection: Connection, block: str, **values: Any) -> int:
    return connection.exec_driver_sql(_SQL[block], values).rowcount
