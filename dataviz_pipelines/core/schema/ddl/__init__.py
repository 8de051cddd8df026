"""The platform's schema as DDL for the other engines, made from the models."""

from typing import Final, Literal

from dataviz_pipelines.core.schema.ddl import bigquery, mysql

Dialect = Literal["mysql", "bigquery"]

_WRITERS: Final = {"mysql": mysql.schema, "bigquery": bigquery.schema}


def schema_ddl(dialect: Dialect) -> str:
    """Statements that each end with a semicolon and an empty line, in an order in which they can be run."""
    header, statements = _WRITERS[dialect]()
    return "\n\n".join([header, *(f"{statement};" for statement in statements)]) + "\n"
