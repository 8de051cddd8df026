"""Statements about single tables, composed of the names of their columns."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, CursorResult, String, Table

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.privacy.columns import Holds, held, is_json, owner, people, tables
from dataviz_pipelines.core.privacy.person import FIRST_NAME, LAST_NAME, Mention, Person

AUDIT: Final = "audit_logs"


def belongs(table: Table, person: Person) -> str:
    """The condition under which a row is the person's, was made by them, or names them."""
    ways = [f'item."{column}" = %(id)s' for column in (*people(table), *held(table, Holds.PERSON))]
    if table.name == "users":
        ways.append("item.id = %(id)s")
    ways += [
        f'item."{column}"::text ~ %(mention_{number})s'
        for column in held(table, Holds.TEXT, Holds.PATH)
        for number, _ in enumerate(person.mentions)
    ]
    return " OR ".join(ways)


def parameters(person: Person) -> dict[str, Any]:
    """What the conditions and expressions of this module bind."""
    values: dict[str, Any] = {
        "id": person.id,
        "masks": Jsonb(
            {
                "email": person.pseudonym,
                "first_name": FIRST_NAME,
                "last_name": LAST_NAME,
                "avatar_url": None,
                "timezone": "UTC",
            }
        ),
        "theirs": [
            table.name
            for table in tables()
            if owner(table) and held(table, Holds.TEXT, Holds.ADDRESS)
        ],
    }
    for number, mention in enumerate(person.mentions):
        values[f"mention_{number}"] = ("(?i)" if "i" in mention.flags else "") + mention.pattern
        values[f"pattern_{number}"] = mention.pattern
        values[f"flags_{number}"] = mention.flags
        values[f"becomes_{number}"] = mention.becomes
    return values


def rows_of(connection: Connection, table: Table, person: Person) -> CursorResult[Any]:
    """Streamed, oldest first, without what is hidden from everybody. Of rows that others made it says not from where."""
    hidden = held(table, Holds.HIDDEN)
    columns = [_shown(table, column.name) for column in table.columns if column.name not in hidden]
    statement = (
        f'SELECT {", ".join(columns)} FROM "{table.name}" AS item '
        f"WHERE {belongs(table, person)} ORDER BY item.id"
    )
    options = {"stream_results": True, "yield_per": 500}
    return connection.exec_driver_sql(statement, parameters(person), execution_options=options)


def _shown(table: Table, column: str) -> str:
    if column not in held(table, Holds.ADDRESS):
        return f'item."{column}"'
    is_theirs = "item.user_id = %(id)s" if "user_id" in table.c else "false"
    return f'CASE WHEN {is_theirs} THEN item."{column}" END AS "{column}"'


def delete_theirs(connection: Connection, table: Table, person: Person) -> int:
    statement = f'DELETE FROM "{table.name}" WHERE "{owner(table)}" = %(id)s'
    return connection.exec_driver_sql(statement, {"id": person.id}).rowcount


def forget_addresses(connection: Connection, table: Table, person: Person) -> int:
    """Of rows that stay, such as uses of a dashboard."""
    columns = held(table, Holds.ADDRESS)
    statement = (
        f'UPDATE "{table.name}" SET {", ".join(f"{column} = NULL" for column in columns)} '
        f"WHERE user_id = %(id)s AND ({' OR '.join(f'{column} IS NOT NULL' for column in columns)})"
    )
    return connection.exec_driver_sql(statement, {"id": person.id}).rowcount


def replace_mentions(connection: Connection, table: Table, person: Person) -> int:
    """Whatever anybody wrote stays, but for the person's addresses and names."""
    columns = {
        column: _replaced(table, column, f'"{column}"', person.mentions)
        for column in held(table, Holds.TEXT)
    }
    changes = ", ".join(f'"{column}" = {new}' for column, new in columns.items())
    differs = " OR ".join(f'"{column}" IS DISTINCT FROM {new}' for column, new in columns.items())
    statement = f'UPDATE "{table.name}" SET {changes} WHERE {differs}'
    return connection.exec_driver_sql(statement, parameters(person)).rowcount


def forget_paths(connection: Connection, table: Table, person: Person) -> list[str]:
    """The paths that named the person. The files keep their names until somebody deletes them."""
    found: list[str] = []
    for column in held(table, Holds.PATH):
        matches = " OR ".join(
            f'"{column}" ~ %(mention_{number})s' for number, _ in enumerate(person.mentions)
        )
        statement = (
            f'WITH named AS (SELECT id, "{column}" AS path FROM "{table.name}" WHERE {matches}) '
            f'UPDATE "{table.name}" AS item SET "{column}" = NULL FROM named '
            "WHERE item.id = named.id RETURNING named.path"
        )
        found += connection.exec_driver_sql(statement, parameters(person)).scalars()
    return found


def rewrite_audit(connection: Connection, person: Person) -> list[UUID]:
    """The ids of the rows that held data of the person. What was theirs alone loses its values, their own names are
    replaced, and so is every mention of them; from where they worked is forgotten."""
    table = Base.metadata.tables[AUDIT]
    old, new = (_audited(table, column, person.mentions) for column in ("old_values", "new_values"))
    statement = f"""
        WITH resources AS MATERIALIZED (
            SELECT DISTINCT resource_id FROM audit_logs
            WHERE resource_type = ANY(%(theirs)s)
                AND coalesce(new_values, old_values) ->> 'user_id' = %(id)s::uuid::text
        ), rewritten AS MATERIALIZED (
            SELECT item.id, item.timestamp, {old} AS old_values, {new} AS new_values, is_theirs
            FROM audit_logs AS item,
            LATERAL (
                SELECT coalesce(
                    item.user_id = %(id)s
                    OR item.user_id IS NULL AND item.resource_type = 'users' AND item.resource_id = %(id)s,
                    false
                ) AS is_theirs
            ) AS whose
        )
        UPDATE audit_logs AS item
        SET old_values = rewritten.old_values, new_values = rewritten.new_values, salt = gen_random_uuid(),
            ip_address = CASE WHEN NOT is_theirs THEN ip_address END,
            user_agent = CASE WHEN NOT is_theirs THEN user_agent END
        FROM rewritten
        WHERE item.id = rewritten.id AND item.timestamp = rewritten.timestamp AND (
            item.old_values IS DISTINCT FROM rewritten.old_values
            OR item.new_values IS DISTINCT FROM rewritten.new_values
            OR is_theirs AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)
        )
        RETURNING item.id
    """
    return list(connection.exec_driver_sql(statement, parameters(person)).scalars())


def _audited(table: Table, column: str, mentions: Sequence[Mention]) -> str:
    """What a column of the audit becomes."""
    own_names = f"""
        CASE WHEN item.resource_type = 'users' AND item.resource_id = %(id)s AND jsonb_typeof(item.{column}) = 'object'
        THEN (
            SELECT jsonb_object_agg(
                field.key,
                CASE field.value WHEN 'null' THEN 'null' ELSE coalesce(%(masks)s -> field.key, field.value) END
            )
            FROM jsonb_each(item.{column}) AS field
        ) ELSE item.{column} END"""
    return f"""
        CASE WHEN item.resource_type = ANY(%(theirs)s) AND item.resource_id IN (SELECT resource_id FROM resources)
        THEN NULL ELSE {_replaced(table, column, f"({own_names})", mentions)} END"""


def _replaced(table: Table, column: str, value: str, mentions: Sequence[Mention]) -> str:
    text = f"{value}::text"
    for number, _ in enumerate(mentions):
        text = f"regexp_replace({text}, %(pattern_{number})s, %(becomes_{number})s, %(flags_{number})s)"
    if is_json(table, column):
        return f"{text}::jsonb"
    kind = table.c[column].type
    length = kind.length if isinstance(kind, String) else None
    return text if length is None else f"left({text}, {length})"
