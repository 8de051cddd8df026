"""The statements that turn what is there into what should be there. Names are qualified: whoever runs them has any search_path."""

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import AddConstraint, Constraint, CreateIndex, CreateTable, DDLElement

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema.blocks import blocks
from dataviz_pipelines.core.schema.catalog import Column
from dataviz_pipelines.core.schema.migrate import VERSION_TABLE
from dataviz_pipelines.core.schema.seeds import Seed
from dataviz_pipelines.core.schema.triggers import triggers

STRAYS = "strays"

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
_quote = _DIALECT.identifier_preparer.quote


def create_table(name: str) -> str:
    """With everything that belongs to it."""
    table = Base.metadata.tables[name]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return "\n".join(
        [
            _ddl(CreateTable(table)),
            *(_ddl(CreateIndex(index)) for index in indexes),
            *(create_trigger(name, trigger) for trigger in triggers(name)),
        ]
    )


def move_away(table: str) -> str:
    """Nothing is lost: the table lives on in the schema `strays`."""
    return (
        f"CREATE SCHEMA IF NOT EXISTS {STRAYS};\n"
        f"ALTER TABLE {_qualified(table)} SET SCHEMA {STRAYS};"
    )


def own_table(table: str, owner: str) -> str:
    return f"ALTER TABLE {_qualified(table)} OWNER TO {_quote(owner)};"


def set_logged(table: str) -> str:
    return f"ALTER TABLE {_qualified(table)} SET LOGGED;"


def copy_back(table: str, columns: list[str]) -> str:
    """Brings the rows of a table that was moved away into the one that took its place."""
    names = ", ".join(map(_quote, columns))
    return (
        f"INSERT INTO {_qualified(table)} ({names}) SELECT {names} FROM {STRAYS}.{_quote(table)};"
    )


def add_column(table: str, name: str, column: Column) -> str:
    default = "" if column.default is None else f" DEFAULT {_in_public(column.default)}"
    null = " NOT NULL" if column.not_null else ""
    statement = (
        f"ALTER TABLE {_qualified(table)} ADD COLUMN {_quote(name)} {column.type}{default}{null};"
    )
    if null and not default:
        return f"-- Where the table has rows, add the column without NOT NULL and fill it first.\n{statement}"
    return statement


def drop_column(table: str, name: str) -> str:
    return (
        "-- Loses what the column holds.\n"
        f"ALTER TABLE {_qualified(table)} DROP COLUMN {_quote(name)} CASCADE;"
    )


def alter_column(table: str, name: str, wanted: Column, found: Column) -> str:
    alter = f"ALTER COLUMN {_quote(name)}"
    clauses = []
    if found.generated:
        clauses.append(f"{alter} DROP {'EXPRESSION' if 's' in found.generated else 'IDENTITY'}")
    if wanted.type != found.type:
        clauses.append(f"{alter} DROP DEFAULT")
        clauses.append(f"{alter} TYPE {wanted.type} USING {_quote(name)}::{wanted.type}")
    if (wanted.default, wanted.type) != (found.default, found.type):
        default = (
            "DROP DEFAULT"
            if wanted.default is None
            else f"SET DEFAULT {_in_public(wanted.default)}"
        )
        clauses.append(f"{alter} {default}")
    if wanted.not_null != found.not_null:
        clauses.append(f"{alter} {'SET' if wanted.not_null else 'DROP'} NOT NULL")
    return "\n".join(f"ALTER TABLE {_qualified(table)} {clause};" for clause in clauses)


def drop_constraint(table: str, name: str) -> str:
    return f"ALTER TABLE {_qualified(table)} DROP CONSTRAINT IF EXISTS {_quote(name)};"


def add_constraint(table: str, name: str) -> str:
    for constraint in Base.metadata.tables[table].constraints:
        if constraint.name is not None and _named(constraint) == name:
            return _ddl(AddConstraint(constraint, isolate_from_table=False))
    raise KeyError(name)


def drop_index(name: str) -> str:
    return f"DROP INDEX IF EXISTS {_qualified(name)};"


def create_index(table: str, name: str) -> str:
    (index,) = (index for index in Base.metadata.tables[table].indexes if index.name == name)
    return _ddl(CreateIndex(index))


def drop_trigger(table: str, name: str) -> str:
    return f"DROP TRIGGER IF EXISTS {_quote(name)} ON {_qualified(table)};"


def create_trigger(table: str, name: str) -> str:
    return triggers(table, schema="public")[name] + ";"


def create_function(name: str) -> str:
    statement = blocks("functions.sql")[name]
    return statement.replace("FUNCTION ", "FUNCTION public.", 1)


def drop_function(signature: str) -> str:
    return f"DROP ROUTINE public.{signature};"


def own_function(signature: str, owner: str) -> str:
    return f"ALTER ROUTINE public.{signature} OWNER TO {_quote(owner)};"


def create_schema(name: str) -> str:
    return f"CREATE SCHEMA {_quote(name)};"


def create_extension() -> str:
    return "CREATE EXTENSION pg_trgm WITH SCHEMA public;"


def create_role(name: str) -> str:
    return f"-- Then run `dataviz setup --full`, which gives it its password.\nCREATE ROLE {_quote(name)} LOGIN;"


def create_partitions(first: str, last: str) -> str:
    return f"SELECT public.create_month_partitions('{first}', '{last}');"


def plant(seed: Seed) -> str:
    values = [
        Jsonb(value) if _is_json(seed, name) else value for name, value in seed.values.items()
    ]
    statement = sql.SQL("INSERT INTO public.{} ({}) VALUES ({}) ON CONFLICT DO NOTHING;").format(
        sql.Identifier(seed.table.name),
        sql.SQL(", ").join(map(sql.Identifier, seed.values)),
        sql.SQL(", ").join(map(sql.Literal, values)),
    )
    return statement.as_string()


def stamp(revision: str) -> str:
    return (
        "-- Only notes the revision; `dataviz setup --schema` runs what is missing.\n"
        f"CREATE TABLE IF NOT EXISTS public.{VERSION_TABLE} "
        f"(version_num VARCHAR(32) NOT NULL CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY);\n"
        f"DELETE FROM public.{VERSION_TABLE};\n"
        f"INSERT INTO public.{VERSION_TABLE} VALUES ('{revision}');"
    )


def _ddl(element: DDLElement) -> str:
    names = {None: "public"}
    text = str(element.compile(dialect=_DIALECT, schema_translate_map=names))
    return _in_public(text.replace("__[SCHEMA__none]", "public").strip()) + ";"


def _named(constraint: Constraint) -> str:
    """The name that the naming convention gives it."""
    return str(_DIALECT.identifier_preparer.format_constraint(constraint))


def _is_json(seed: Seed, column: str) -> bool:
    return isinstance(seed.table.c[column].type, JSONB)


def _in_public(expression: str) -> str:
    """The models name the functions they call without their schema."""
    for function in ("uuid_v7(", "caller_id(", "search_name(", "search_terms("):
        expression = expression.replace(function, f"public.{function}")
    return expression


def _qualified(name: str) -> str:
    return f"public.{_quote(name)}"
