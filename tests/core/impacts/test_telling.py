"""F14: who is told, of what, and how often."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from dataviz_pipelines.core.discovery import store
from dataviz_pipelines.core.discovery.recording import recorded
from dataviz_pipelines.core.discovery.service import Plan, _Run, discover, look
from dataviz_pipelines.core.discovery.settling import hiding
from dataviz_pipelines.core.impacts import tell_of_changes
from tests.core.impacts.shop import Shop

DROP = "ALTER TABLE shop.orders DROP COLUMN placed"


def test_F14_each_owner_is_told_once_of_their_own(shop: Shop) -> None:
    ada, bob, eve = shop.person(), shop.person(), shop.person()
    shop.query("SELECT placed FROM shop.orders", ada, name="When")
    shop.query("SELECT placed, total FROM shop.orders", ada, name="All")
    shop.query("SELECT mail FROM shop.customers", bob, name="Mail")
    shop.query("SELECT total FROM shop.orders", eve)
    shop.query("SELECT placed FROM shop.orders")

    shop.change(DROP, "ALTER TABLE shop.customers DROP COLUMN mail")

    ((title, message),) = shop.told(ada)
    assert title.startswith("2 broken of what you made: ")
    assert message.splitlines() == [
        "Saved query “All” is broken: shop.orders.placed is gone.",
        "Saved query “When” is broken: shop.orders.placed is gone.",
    ]
    assert len(shop.told(bob)) == 1
    assert shop.told(eve) == []


def test_F14_what_is_broken_is_a_warning_and_what_breaks_it_comes_first(shop: Shop) -> None:
    ada, bob = shop.person(), shop.person()
    shop.query("SELECT total, placed FROM shop.orders", ada, name="All")
    shop.query("SELECT total FROM shop.orders", bob, name="Sum")

    shop.change(
        "DROP VIEW shop.sums",
        "ALTER TABLE shop.orders ALTER total TYPE integer, DROP COLUMN placed",
    )

    ((_, message),) = shop.told(ada)
    assert message == (
        "Saved query “All” is broken: shop.orders.placed is gone. shop.orders.total has another type."
    )
    told = shop.rows("SELECT user_id, severity FROM notifications")
    assert {tuple(row) for row in told} == {(ada, "warning"), (bob, "info")}


def test_F14_the_same_change_is_not_told_twice(shop: Shop) -> None:
    ada = shop.person()
    shop.query("SELECT placed, customer FROM shop.orders", ada)
    shop.change(DROP)
    shop.change()
    assert len(shop.told(ada)) == 1

    shop.change("DROP VIEW shop.sums", "ALTER TABLE shop.orders DROP COLUMN customer")

    assert ["placed" in message for _, message in shop.told(ada)] == [True, False]


def test_F14_what_a_run_kept_before_it_failed_is_told_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = shop.person()
    shop.query("SELECT placed FROM shop.orders", ada)
    shop.server.execute(DROP)
    with monkeypatch.context() as broken:
        broken.setattr(_Run, "_end", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            discover(shop.engine, shop.source_id, shop.server.engine())
    assert shop.told(ada) == []

    shop.change()

    assert len(shop.told(ada)) == 1


def test_what_came_back_before_anybody_was_told_concerns_nobody(shop: Shop) -> None:
    ada = shop.person()
    shop.query("SELECT placed FROM shop.orders", ada)
    shop.change(DROP)
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE discovery_runs SET told_at = NULL"))
        connection.execute(text("DELETE FROM notifications"))

    shop.change("ALTER TABLE shop.orders ADD placed date")

    assert shop.told(ada) == []


def test_F14_a_table_that_is_hidden_now_is_one_that_may_not_be_read(shop: Shop) -> None:
    query = shop.query("SELECT * FROM shop.notes")
    with shop.engine.begin() as connection:
        (table_id,) = connection.execute(
            text("SELECT id FROM database_metadata WHERE table_name = 'notes'")
        ).one()
        run_id = store.begin_run(connection, shop.source_id, uuid4())
        store.note_changes(connection, run_id, hiding(connection, [table_id]))
        store.hide_tables(connection, {table_id: None})
        assert list(hiding(connection, [table_id])) == []
        tell_of_changes(connection, shop.source_id)

    assert shop.impacts() == {(query, "breaks", "shop.notes may not be read any more.")}


def test_many_broken_things_are_told_in_one_bounded_message(shop: Shop) -> None:
    ada = shop.person()
    for number in range(25):
        shop.query("SELECT placed FROM shop.orders", ada, name=f"query {number:02}")

    shop.change(DROP)

    ((title, message),) = shop.told(ada)
    lines = message.splitlines()
    assert (title[:9], len(lines), lines[-1]) == ("25 broken", 21, "… and 5 more.")


def test_F14_a_run_that_waited_while_another_was_told_of_is_told_of_too(shop: Shop) -> None:
    ada, run_id = shop.person(), uuid4()
    shop.query("SELECT placed FROM shop.orders", ada)
    with shop.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO discovery_runs (id, data_source_id, status, started_at) VALUES (:id, :source, 'queued', NULL)"
            ),
            {"id": run_id, "source": shop.source_id},
        )
    shop.change()
    shop.server.execute(DROP)

    for _ in range(2):
        with recorded(shop.engine, shop.source_id, run_id) as result:
            look(shop.engine, shop.source_id, shop.server.engine(), result, plan=Plan())
        with shop.engine.begin() as connection:
            connection.execute(text("UPDATE discovery_runs SET status = 'failed'"))

    assert len(shop.told(ada)) == 1
