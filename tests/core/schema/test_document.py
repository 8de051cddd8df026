from pathlib import Path

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema.document import schema_document

COMMITTED = Path(__file__).parents[3] / "docs" / "schema.md"


def test_the_committed_description_of_the_schema_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_document()


def test_every_table_is_described() -> None:
    titles = {line[4:] for line in schema_document().splitlines() if line.startswith("### ")}

    assert titles == set(Base.metadata.tables)
