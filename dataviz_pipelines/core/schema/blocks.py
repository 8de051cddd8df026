"""The named blocks of this package's `.sql` files."""

from dataviz_pipelines.core import sql


def blocks(file: str) -> dict[str, str]:
    return sql.blocks("dataviz_pipelines.core.schema", file)
