"""Who may do what in the database, as one table, and the statements that make it so.

Partitions live in a schema of their own in which the application has no rights: it reaches their rows through the parents
only, so what it may not do to `audit_logs` it may not do to one of its months either.
"""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.blocks import blocks
from dataviz_pipelines.core.schema.migrate import VERSION_TABLE

PUBLIC = "PUBLIC"
OWNER = "OWNER"
ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
EXCEPTIONS = {
    "audit_logs": ("SELECT", "INSERT"),
    "audit_seals": ("SELECT",),
    "resource_versions": ("SELECT",),
    VERSION_TABLE: ("SELECT",),
}
FUNCTIONS = {
    "uuid_v7()": PUBLIC,
    "caller_id()": PUBLIC,
    "touch_updated_at()": PUBLIC,
    "audit_change()": PUBLIC,
    "keep_version()": PUBLIC,
    "forget_resource()": PUBLIC,
    "count_version()": PUBLIC,
    "forget_principal()": PUBLIC,
    "mark_rollup()": PUBLIC,
    "search_name(text)": PUBLIC,
    "search_terms(text,text,text,jsonb)": PUBLIC,
    "append_audit_seals(text,uuid[],timestamp with time zone)": OWNER,
    "seal_audit_logs()": None,
    "create_month_partitions(date,date)": None,
}
"""Who may call each function, beside its owner; None is the application alone."""

_FILE = "privileges.sql"
_quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


@dataclass(frozen=True, order=True)
class Privilege:
    """`object` is quoted as SQL wants it; for kind DEFAULT it is the schema whose future tables are meant."""

    kind: str
    object: str
    grantee: str
    privilege: str


def expected(app: str) -> set[Privilege]:
    tables = dict.fromkeys(Base.metadata.tables, ROWS) | EXCEPTIONS
    return {
        *(
            Privilege("TABLE", f"public.{_quote(table)}", app, privilege)
            for table, privileges in tables.items()
            for privilege in privileges
        ),
        *(Privilege("DEFAULT", "public", app, privilege) for privilege in ROWS),
        *(
            Privilege("FUNCTION", f"public.{function}", grantee or app, "EXECUTE")
            for function, grantee in FUNCTIONS.items()
            if grantee != OWNER
        ),
        Privilege("SCHEMA", "public", app, "USAGE"),
        Privilege("SCHEMA", "public", PUBLIC, "USAGE"),
        Privilege("SCHEMA", store.UPLOADS_SCHEMA, app, "USAGE"),
        Privilege("SCHEMA", store.UPLOADS_SCHEMA, app, "CREATE"),
    }


def granted(connection: Connection, app: str) -> set[Privilege]:
    rows = store.rows(
        connection,
        _FILE,
        "granted",
        app=app,
        tables=[*Base.metadata.tables, VERSION_TABLE],
        functions=list(blocks("functions.sql")),
    )
    return {Privilege(*row) for row in rows}


def repairs(connection: Connection, app: str) -> dict[str, str]:
    """What is wrong with the privileges, each with the statement that puts it right."""
    wanted, found = expected(app), granted(connection, app)
    owner = str(connection.engine.url.username)
    return {
        **_statements(found - wanted, owner, verb="REVOKE"),
        **_statements(wanted - found, owner, verb="GRANT"),
        **_role_repairs(connection, app),
    }


def reset(table: str, app: str) -> list[str]:
    """Statements that give `app` exactly its privileges on a table, whatever it has."""
    name, role = f"public.{_quote(table)}", _quote(app)
    wanted = ", ".join(EXCEPTIONS.get(table, ROWS))
    return [
        f"REVOKE ALL ON TABLE {name} FROM {role};",
        f"GRANT {wanted} ON TABLE {name} TO {role};",
    ]


def reset_function(signature: str) -> list[str]:
    """A function that is created can be called by everybody, which is too many for some."""
    if FUNCTIONS[signature] == PUBLIC:
        return []
    return [f"REVOKE ALL ON FUNCTION public.{signature} FROM {PUBLIC};"]


def _role_repairs(connection: Connection, app: str) -> dict[str, str]:
    attributes = store.rows(connection, _FILE, "dangerous_attributes", app=app)
    memberships = store.rows(connection, _FILE, "memberships_that_write_the_audit", app=app)
    return {
        **{
            f"role {app} is {attribute}": f"ALTER ROLE {_quote(app)} NO{attribute};"
            for (attribute,) in attributes
        },
        **{
            f"role {app} can change audit_logs through {role}": (
                f"REVOKE {_quote(role)} FROM {_quote(app)};"
            )
            for (role,) in memberships
        },
    }


def _statements(privileges: set[Privilege], owner: str, *, verb: str) -> dict[str, str]:
    kinds = groupby(sorted(privileges), key=lambda item: (item.kind, item.object, item.grantee))
    statements = {}
    for (kind, target, grantee), items in kinds:
        names = ", ".join(item.privilege for item in items)
        role = PUBLIC if grantee == PUBLIC else _quote(grantee)
        to = f"{'TO' if verb == 'GRANT' else 'FROM'} {role}"
        said = "lacks" if verb == "GRANT" else "has"
        problem = f"{grantee} {said} {names} on {kind.lower()} {target}"
        statements[problem] = _statement(kind, target, names, owner=owner, verb=verb, to=to)
    return statements


def _statement(kind: str, target: str, names: str, *, owner: str, verb: str, to: str) -> str:
    if kind == "DEFAULT":
        scope = f"ALTER DEFAULT PRIVILEGES FOR ROLE {_quote(owner)} IN SCHEMA {target}"
        return f"{scope} {verb} {names} ON TABLES {to};"
    if kind == "COLUMN":
        table, _, column = target.partition("(")
        columns = ", ".join(f"{name} ({column}" for name in names.split(", "))
        return f"{verb} {columns} ON TABLE {table} {to};"
    return f"{verb} {names} ON {kind} {target} {to};"
