"""Second thoughts: cancel, load again, try first, undo."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import GOOD, MIXED, act, add_template, ended, read, send, sent
from tests.api.uploads.test_following import LARGE, held
from tests.dropbox import DropBox
from tests.servers.workers import until, working

KEYED = {
    "upload_mode": "upsert",
    "destination_config": {"table": "orders", "keys": ["name"], "upload_id_column": "upload_id"},
}


def audited(engine: Engine, upload_id: str) -> list[tuple[str, Any]]:
    with engine.begin() as connection:
        rows = connection.execute(
            text(
                "SELECT action_type, user_id FROM audit_logs WHERE resource_type = 'upload_history' "
                "AND resource_id = :id ORDER BY timestamp, id"
            ),
            {"id": upload_id},
        )
        return [(action, str(user_id)) for action, user_id in rows]


def test_F37_what_waits_is_cancelled_at_once(
    uploader: Person, app_engine: Engine, database_settings: Settings, box: DropBox
) -> None:
    upload_id = send(uploader).json()["id"]
    answer = act(uploader, upload_id, "cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["error_message"] == "It was cancelled before it began; nothing was loaded."
    assert audited(app_engine, upload_id) == [
        ("upload", str(uploader.id)),
        ("cancel_upload", str(uploader.id)),
    ]
    with working(database_settings):
        (kept,) = until(lambda: list(box.settings.quarantine.rglob(f"{upload_id}/orders.csv")))
        assert kept.read_bytes() == GOOD
        assert sent(uploader, MIXED)["status"] == "succeeded"
    assert read(uploader, upload_id)["status"] == "cancelled"
    assert box.rows() == [("bolt", 2), ("nail", 3)]


@pytest.mark.usefixtures("worker")
def test_F37_what_runs_is_cancelled_and_nothing_of_it_stays(
    uploader: Person, owner_engine: Engine, box: DropBox
) -> None:
    sent(uploader)
    with held(owner_engine, "uploads.orders"):
        upload_id = send(uploader, LARGE).json()["id"]
        until(lambda: read(uploader, upload_id)["status"] == "running")
        answer = act(uploader, upload_id, "cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "running")
        assert answer.json()["cancel_requested_at"] is not None
    row = ended(uploader, upload_id)
    assert (row["status"], row["error_type"]) == ("cancelled", "UploadCancelledError")
    assert (row["records_processed"], box.rows()) == (0, [("bolt", 2), ("nut", 3)])
    until(lambda: not list(box.settings.received.glob("*-*")))
    assert not list(box.settings.rejects.rglob("*.*"))
    assert act(uploader, upload_id, "cancel").status_code == 409


@pytest.mark.usefixtures("worker")
def test_what_has_ended_is_not_cancelled_and_says_what_would_help(uploader: Person) -> None:
    upload_id = sent(uploader)["id"]
    answer = act(uploader, upload_id, "cancel")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:UploadState")
    assert answer.json()["detail"] == "The upload is succeeded and cannot be cancelled."
    assert answer.json()["remedy"] == "Undo it to take its rows out."


@pytest.mark.usefixtures("worker")
def test_a_cancelled_upload_is_loaded_again_from_the_file_that_was_sent(
    uploader: Person, owner_engine: Engine, box: DropBox
) -> None:
    sent(uploader)
    with held(owner_engine, "uploads.orders"):
        upload_id = send(uploader, MIXED).json()["id"]
        until(lambda: read(uploader, upload_id)["status"] == "running")
        act(uploader, upload_id, "cancel")
    assert ended(uploader, upload_id)["status"] == "cancelled"
    answer = act(uploader, upload_id, "load")
    assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (202, upload_id)
    assert ended(uploader, upload_id)["status"] == "succeeded"
    assert box.rows() == [("bolt", 2), ("bolt", 2), ("nail", 3), ("nut", 3)]
    assert act(uploader, upload_id, "load").status_code == 409


@pytest.mark.usefixtures("worker")
def test_a_failed_upload_is_loaded_again_when_its_template_is_right(
    uploader: Person, app_engine: Engine, box: DropBox
) -> None:
    row = sent(uploader, b"title,amount\nbolt,1\n")
    assert (row["status"], row["error_type"]) == ("failed", "FileRefusedError")
    until(lambda: list(box.settings.quarantine.rglob(f"{row['id']}/orders.csv")))
    add_template(
        app_engine,
        validation_rules={
            "columns": [
                {"name": "name", "aliases": ["title"]},
                {"name": "amount", "type": "integer"},
            ]
        },
    )
    assert act(uploader, row["id"], "load").status_code == 202
    assert ended(uploader, row["id"])["status"] == "succeeded"
    assert box.rows() == [("bolt", 1)]
    (kept,) = until(lambda: list(box.settings.archive.rglob(f"{row['id']}/*")))
    assert kept.name == "orders.csv"
    assert audited(app_engine, row["id"])[-1] == ("load_upload_again", str(uploader.id))


@pytest.mark.usefixtures("worker")
def test_a_file_that_is_not_kept_cannot_be_loaded_again(uploader: Person, box: DropBox) -> None:
    row = sent(uploader, b"title\nbolt\n")
    (kept,) = until(lambda: list(box.settings.quarantine.rglob(f"{row['id']}/orders.csv")))
    kept.unlink()
    with box.engine.begin() as connection:
        connection.execute(
            text("UPDATE upload_history SET completed_at = now() - interval '1 minute'")
        )
    answer = act(uploader, row["id"], "load")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:dataviz:FileMissing")
    assert read(uploader, row["id"])["status"] == "failed"


@pytest.mark.usefixtures("worker")
def test_F34_a_dry_run_says_what_would_happen_and_changes_nothing(
    uploader: Person, app_engine: Engine, box: DropBox
) -> None:
    add_template(app_engine, **KEYED)
    sent(uploader, b"name,amount\nbolt,1\nnut,3\n")
    row = sent(uploader, b"name,amount\nbolt,2\nnut,3\nnail,4\nbad,x\n", dry_run=True)
    assert (row["status"], row["is_dry_run"]) == ("previewed", True)
    assert (row["records_success"], row["records_failed"]) == (3, 1)
    details = row["details"]
    assert [details[what] for what in ("inserted", "updated", "unchanged", "deleted")] == [
        1,
        1,
        1,
        0,
    ]
    assert details["changes"] == [
        {
            "kind": "update",
            "before": {"name": "bolt", "amount": "1"},
            "after": {"name": "bolt", "amount": "2"},
        },
        {"kind": "insert", "before": None, "after": {"name": "nail", "amount": "4"}},
    ]
    assert box.rows() == [("bolt", 1), ("nut", 3)]
    rejects = uploader.http.get(f"/api/v1/uploads/{row['id']}/rejects").json()["items"]
    assert [each["raw"] for each in rejects] == [["bad", "x"]]
    assert uploader.http.get(f"/api/v1/uploads/{row['id']}/reject-file").status_code == 200


@pytest.mark.usefixtures("worker")
def test_F34_what_was_tried_can_then_be_loaded_without_sending_it_again(
    uploader: Person, box: DropBox
) -> None:
    row = sent(uploader, MIXED, dry_run=True)
    assert row["status"] == "previewed"
    assert act(uploader, row["id"], "undo").status_code in (403, 409)
    assert act(uploader, row["id"], "load").status_code == 202
    loaded = ended(uploader, row["id"])
    assert (loaded["status"], loaded["is_dry_run"]) == ("succeeded", False)
    assert box.rows() == [("bolt", 2), ("nail", 3)]
    until(lambda: list(box.settings.archive.rglob(f"{row['id']}/orders.csv")))


@pytest.mark.usefixtures("worker")
def test_F34_a_dry_run_of_what_is_loaded_already_says_so(uploader: Person) -> None:
    first = sent(uploader)
    row = sent(uploader, dry_run=True)
    assert (row["status"], row["duplicate_of_id"]) == ("duplicate", first["id"])


def test_F34_an_old_dry_run_leaves_no_file(
    uploader: Person, app_engine: Engine, database_settings: Settings
) -> None:
    with working(database_settings):
        row = sent(uploader, MIXED, dry_run=True)
        assert list(database_settings.received.glob("*/orders.csv"))
        with app_engine.begin() as connection:
            connection.execute(
                text("UPDATE upload_history SET completed_at = now() - interval '25 hours'")
            )
        until(lambda: not list(database_settings.received.glob("*-*")))
        until(lambda: not list(database_settings.rejects.rglob("*.*")))
    assert act(uploader, row["id"], "load").status_code == 404
    assert read(uploader, row["id"])["status"] == "previewed"


@pytest.mark.usefixtures("worker")
def test_F42_an_undone_upload_takes_its_rows_and_no_others(
    people: People, uploader: Person, app_engine: Engine, box: DropBox
) -> None:
    sent(uploader, GOOD)
    second = sent(uploader, MIXED)
    assert len(box.rows()) == 4
    assert act(uploader, second["id"], "undo").status_code == 403
    admin = people("admin")
    answer = act(admin, second["id"], "undo")
    assert (answer.status_code, answer.json()["status"]) == (200, "undone")
    assert answer.json()["details"]["removed"] == 2
    assert box.rows() == [("bolt", 2), ("nut", 3)]
    assert audited(app_engine, second["id"])[-1] == ("undo_upload", str(admin.id))
    assert act(admin, second["id"], "undo").status_code == 409
    again = sent(uploader, MIXED)
    assert (again["status"], len(box.rows())) == ("succeeded", 4)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("changes", "before", "why"),
    [
        ({"destination_config": {"table": "orders"}}, [], "notes no upload id"),
        (KEYED, [b"name,amount\nbolt,1\n"], "changed 1 rows that were there before"),
        ({"upload_mode": "replace"}, [b"name,amount\nx,1\n"], "replaced 1 rows"),
    ],
)
def test_F42_what_cannot_be_taken_back_is_refused_with_the_reason(
    people: People,
    app_engine: Engine,
    box: DropBox,
    changes: dict[str, Any],
    before: list[bytes],
    why: str,
) -> None:
    add_template(app_engine, **changes)
    admin = people("admin")
    for content in before:
        sent(admin, content)
    row = sent(admin, GOOD)
    rows = box.rows()
    answer = act(admin, row["id"], "undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:CannotUndo")
    assert why in answer.json()["detail"]
    assert box.rows() == rows
    assert read(admin, row["id"])["status"] == "succeeded"


@pytest.mark.usefixtures("worker")
def test_F42_what_was_replaced_since_has_nothing_to_take_out(
    people: People, app_engine: Engine
) -> None:
    add_template(app_engine, upload_mode="replace")
    admin = people("admin")
    first = sent(admin, GOOD)
    sent(admin, MIXED)
    answer = act(admin, first["id"], "undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:UploadState")
    assert "replaced the whole table" in answer.json()["detail"]


@pytest.mark.usefixtures("worker")
def test_F42_rows_that_others_depend_on_stay(
    people: People, app_engine: Engine, box: DropBox, orders: str
) -> None:
    assert orders
    admin = people("admin")
    row = sent(admin)
    with app_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE uploads.orders ADD UNIQUE (name)")
        connection.exec_driver_sql(
            "CREATE TABLE uploads.parts (name text REFERENCES uploads.orders (name))"
        )
        connection.exec_driver_sql("INSERT INTO uploads.parts VALUES ('bolt')")
    answer = act(admin, row["id"], "undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:CannotUndo")
    assert len(box.rows()) == 2
    assert read(admin, row["id"])["status"] == "succeeded"


@pytest.mark.usefixtures("worker")
def test_F42_rows_that_the_platform_may_not_see_any_more_are_no_undone_upload(
    people: People, app_engine: Engine, box: DropBox, orders: str
) -> None:
    assert orders
    admin = people("admin")
    row = sent(admin)
    guard = "ALTER TABLE uploads.orders {} ROW LEVEL SECURITY"
    with app_engine.begin() as connection:
        connection.exec_driver_sql(guard.format("ENABLE"))
        connection.exec_driver_sql(guard.format("FORCE"))
    answer = act(admin, row["id"], "undo")
    with app_engine.begin() as connection:
        connection.exec_driver_sql(guard.format("DISABLE"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:CannotUndo")
    assert "Row level security may hide rows of table uploads.orders" in answer.json()["detail"]
    assert len(box.rows()) == 2
    assert read(admin, row["id"])["status"] == "succeeded"
