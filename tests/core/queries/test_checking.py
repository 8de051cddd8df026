"""Saved queries and those of visualizations: who may run them, and whether they still fit (F66, F70)."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert, text

from dataviz_pipelines.core.models.tables import Visualization
from dataviz_pipelines.core.queries.checking import check_saved_queries, estimate_query
from dataviz_pipelines.core.queries.errors import (
    AskedNotFoundError,
    NothingToRunError,
    QueryFailedError,
)
from dataviz_pipelines.core.queries.exporting import to_csv, to_xlsx
from dataviz_pipelines.core.queries.saved import run_saved_query, run_visualization
from dataviz_pipelines.core.queries.service import Asked
from dataviz_pipelines.core.security.errors import OwnerGoneError
from dataviz_pipelines.core.security.people import caller_of
from tests.core.queries.conftest import Desk, Joined, grant
from tests.core.sources.places import Place


def drawn(desk: Desk, source_id: UUID | None, **config: Any) -> UUID:
    with desk.platform.database.begin() as connection:
        made: UUID = connection.execute(
            insert(Visualization)
            .values(
                name="Cities",
                visualization_type="table",
                data_source_id=source_id,
                query_config=config,
            )
            .returning(Visualization.id)
        ).scalar_one()
    return made


def share(desk: Desk, kind: str, row_id: UUID, user_id: UUID) -> None:
    with desk.platform.database.begin() as connection:
        grant(connection, kind, row_id, user_id)


def test_F70_a_query_that_no_longer_fits_is_found_without_reading(desk: Desk) -> None:
    desk.save("SELECT city FROM cities WHERE city IN (:names) -- comment", "a")
    desk.save("SELECT gone FROM cities", "b")
    desk.save("SELECT * FROM missing", "c")
    desk.save("DELETE FROM cities", "d")
    desk.save("SHOW TABLES" if "mysql" in str(kind_of(desk)) else "SHOW server_version", "e")
    found = check_saved_queries(desk.platform, None, desk.source_id)
    assert [(each.name, each.is_ok) for each in found] == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", False),
        ("e", True),
    ]
    assert "gone" in str(found[1].message)
    assert desk.log() == []


def kind_of(desk: Desk) -> Any:
    with desk.platform.database.connect() as connection:
        return connection.execute(text("SELECT connection_type FROM data_sources")).scalar_one()


def test_F70_only_what_the_caller_may_see_is_checked(pg: Desk, analyst: Joined) -> None:
    pg.save("SELECT 1")
    assert check_saved_queries(pg.platform, analyst(pg.source_id), pg.source_id) == []
    with pytest.raises(AskedNotFoundError):
        check_saved_queries(pg.platform, analyst(), pg.source_id)


def test_an_estimate_elsewhere_tells_only_whether_it_is_understood(
    pg: Desk, analyst: Joined
) -> None:
    person = analyst(pg.source_id)
    cost = estimate_query(pg.platform, person, pg.source_id, "SELECT city FROM cities", Asked())
    assert cost.bytes_processed is None
    with pytest.raises(QueryFailedError):
        estimate_query(pg.platform, person, pg.source_id, "SELECT x FROM cities", Asked())


def test_F66_a_saved_query_is_for_whoever_sees_it_and_its_source(pg: Desk, analyst: Joined) -> None:
    saved = pg.save("SELECT city FROM cities")
    first, second = analyst(pg.source_id), analyst(pg.source_id)
    for person in (first, second):
        share(pg, "saved_query", saved, person.user_id)
    assert run_saved_query(pg.platform, first, saved).cached_at is None
    assert run_saved_query(pg.platform, second, saved).cached_at is not None
    sourceless = analyst()
    share(pg, "saved_query", saved, sourceless.user_id)
    for stranger in (sourceless, analyst(pg.source_id)):
        with pytest.raises(AskedNotFoundError):
            run_saved_query(pg.platform, stranger, saved)


def test_a_visualization_is_for_whoever_sees_it_and_the_source(pg: Desk, analyst: Joined) -> None:
    made = drawn(
        pg, pg.source_id, query_text="SELECT :a AS a, :b AS b", parameters={"a": "x", "b": "y"}
    )
    viewer = analyst(pg.source_id, role="viewer")
    with pytest.raises(AskedNotFoundError):
        run_visualization(pg.platform, viewer, made)
    share(pg, "visualization", made, viewer.user_id)
    assert run_visualization(pg.platform, viewer, made).table.rows == [["x", "y"]]
    found = run_visualization(pg.platform, viewer, made, parameters={"b": "z"})
    assert found.table.rows == [["x", "z"]]
    sourceless = analyst(role="viewer")
    share(pg, "visualization", made, sourceless.user_id)
    with pytest.raises(AskedNotFoundError):
        run_visualization(pg.platform, sourceless, made)
    assert pg.log("visualization_id, user_id")[0] == (made, viewer.user_id)


def test_a_visualization_shows_what_its_saved_query_finds(pg: Desk, analyst: Joined) -> None:
    saved = pg.save("SELECT city FROM cities")
    made = drawn(pg, None, saved_query_id=str(saved))
    viewer = analyst(pg.source_id, role="viewer")
    share(pg, "visualization", made, viewer.user_id)
    assert run_visualization(pg.platform, viewer, made).table.rows == [["Wien"]]
    assert run_saved_query(pg.platform, None, saved).cached_at is not None


def test_a_visualization_without_a_query_is_refused(pg: Desk) -> None:
    with pytest.raises(NothingToRunError):
        run_visualization(pg.platform, None, drawn(pg, pg.source_id))


def test_a_job_runs_as_its_owner(pg: Desk, analyst: Joined) -> None:
    owner = analyst(pg.source_id)
    with pg.platform.database.begin() as connection:
        assert caller_of(connection, owner.user_id) == owner
        connection.execute(text("UPDATE users SET is_active = false"))
        with pytest.raises(OwnerGoneError):
            caller_of(connection, owner.user_id)
        with pytest.raises(OwnerGoneError):
            caller_of(connection, None)


def test_F39_exports_are_safe_to_open(pg: Desk, tmp_path: Any) -> None:
    from openpyxl import load_workbook

    table = pg.ask(
        "SELECT '=1+1' AS \"=a\", '-5' AS b, -5 AS c, '@x' AS d, NULL AS e, ARRAY[1] AS f, 1.50 AS g"
    ).table
    assert to_csv(table).decode("utf-8-sig") == "'=a,b,c,d,e,f,g\r\n'=1+1,-5,-5,'@x,,[1],1.50\r\n"
    file = tmp_path / "result.xlsx"
    file.write_bytes(to_xlsx(table))
    sheet = load_workbook(file).active
    assert sheet is not None
    header, row = sheet.iter_rows()
    assert [cell.value for cell in header] == ["=a", "b", "c", "d", "e", "f", "g"]
    assert [(cell.value, cell.data_type) for cell in row][:5] == [
        ("=1+1", "s"),
        ("-5", "s"),
        (-5, "n"),
        ("@x", "s"),
        (None, "n"),
    ]


def test_a_table_that_changed_breaks_what_reads_it(pg: Desk, postgresql: Place) -> None:
    pg.save("SELECT city FROM cities")
    assert check_saved_queries(pg.platform, None, pg.source_id)[0].is_ok
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE cities RENAME city TO town")
    assert not check_saved_queries(pg.platform, None, pg.source_id)[0].is_ok
