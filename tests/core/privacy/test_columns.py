"""Every column of every table is accounted for."""

import pytest
from sqlalchemy import Boolean, DateTime, Integer, Table

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.privacy.columns import HELD

TABLES = Base.metadata.sorted_tables
NOBODYS = (Integer, Boolean, DateTime)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_F104_every_column_that_can_hold_a_person_is_classified(table: Table) -> None:
    """For a new column, say in core/privacy/columns.py what it holds; export and erasure follow from that."""
    wanted = {
        column.name
        for column in table.columns
        if not column.foreign_keys and column.name != "id" and not isinstance(column.type, NOBODYS)
    }
    assert set(HELD.get(table.name, {})) == wanted


def test_only_tables_that_exist_are_classified() -> None:
    assert set(HELD) == set(Base.metadata.tables)
