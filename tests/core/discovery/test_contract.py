"""What every engine keeps to, on a real server each: what it says equals what the server's own information_schema says."""

from uuid import UUID

from sqlalchemy import Engine

from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.service import Plan, discover
from tests.core.discovery.sources import Source, described
from tests.core.discovery.test_service import known, written


def plan(source: Source) -> Plan:
    return Plan(Selection(include=(source.schema,)))


def test_F1_tables_and_views_are_those_of_information_schema(source: Source) -> None:
    source.fill()

    found = described(source.engine(), plan(source).selection)

    assert {
        (name, table.definition.table_type.value) for name, table in found.items()
    } == source.tables()
    assert {table.name.schema_name for table in found.values()} == {source.schema}


def test_F1_columns_are_those_of_information_schema(source: Source) -> None:
    source.fill()

    found = described(source.engine(), plan(source).selection)

    columns = {
        (name, column.column_name, column.position, column.is_nullable, column.data_type)
        for name, table in found.items()
        for column in table.definition.columns
    }
    assert columns == source.columns()
    assert len(columns) > 10


def test_F1_types_are_told_in_one_vocabulary(source: Source) -> None:
    source.fill()

    goods = described(source.engine(), plan(source).selection)["goods"].definition

    assert {column.column_name: str(column.normalized_type) for column in goods.columns} == {
        "id": "integer",
        "name": "string",
        "price": "decimal",
        "sold": "datetime",
        "day": "date",
        "weight": "float",
    }
    price = next(column for column in goods.columns if column.column_name == "price")
    if source.has_precision:
        assert (price.numeric_precision, price.numeric_scale) == (10, 2)


def test_F2_keys_are_those_of_information_schema(source: Source) -> None:
    source.fill()

    found = described(source.engine(), plan(source).selection)

    keys = {
        (name, key["name"], column, key["referenced_table"], referenced)
        for name, table in found.items()
        for key in table.definition.foreign_keys
        for column, referenced in zip(key["columns"], key["referenced_columns"], strict=True)
    }
    assert keys == source.foreign_keys()
    assert bool(keys) == source.has_keys
    assert found["goods"].definition.primary_key == (("id",) if source.has_keys else ())


def test_F1_odd_names_stay_what_they_are(source: Source) -> None:
    for name in source.odd_names:
        source.execute(f"CREATE TABLE {source.place(name)} ({source.quote('select')} INT)")

    assert set(described(source.engine(), plan(source).selection)) == set(source.odd_names)


def test_F3_comments_and_views_are_known(source: Source) -> None:
    source.fill()

    found = described(source.engine(), plan(source).selection)

    assert found["goods"].definition.source_comment == "What we sell"
    comments = {
        column.column_name: column.source_comment for column in found["goods"].definition.columns
    }
    assert comments["price"] == "Without tax"
    if source.has_view_texts:
        assert "goods" in (found["cheap"].definition.view_definition or "")


def test_F15_a_second_run_writes_nothing_but_its_record(
    app_engine: Engine, source_id: UUID, source: Source
) -> None:
    source.fill()
    discover(app_engine, source_id, source.engine(), plan(source))
    before = written(app_engine)

    result = discover(app_engine, source_id, source.engine(), plan(source))

    assert written(app_engine) == before
    assert before
    assert (result.status, result.counts.added, result.counts.changed) == ("succeeded", 0, 0)


def test_F8_F12_a_dropped_table_is_marked_and_comes_back_with_its_id(
    app_engine: Engine, source_id: UUID, source: Source
) -> None:
    source.fill()
    discover(app_engine, source_id, source.engine(), plan(source))
    before = known(app_engine, "id, table_name")
    source.execute(f"DROP VIEW {source.place('cheap')}")
    gone = discover(app_engine, source_id, source.engine(), plan(source))
    assert "cheap" not in known(app_engine)
    source.execute(source.view())

    discover(app_engine, source_id, source.engine(), plan(source))

    assert gone.counts.removed == 1
    assert known(app_engine, "id, table_name") == before


def test_F13_a_dropped_column_is_a_breaking_change(
    app_engine: Engine, source_id: UUID, source: Source
) -> None:
    source.fill()
    discover(app_engine, source_id, source.engine(), plan(source))
    source.narrow()

    discover(app_engine, source_id, source.engine(), plan(source))

    with app_engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT change_type, column_name, is_breaking FROM metadata_changes "
            "WHERE column_name = 'weight'"
        ).all()
    assert [tuple(row) for row in found] == [("column_removed", "weight", True)]
