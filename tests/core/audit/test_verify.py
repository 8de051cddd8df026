"""Whatever is done to the audit behind the platform's back is found."""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from dataviz_pipelines.core.audit.errors import NotAHeadError
from dataviz_pipelines.core.audit.report import Head
from dataviz_pipelines.core.models.logs import AuditLog, AuditSeal
from tests.core.audit.trail import Trail

EDITS = {
    "id": "uuid_v7()",
    "user_id": "(SELECT id FROM users LIMIT 1)",
    "action_type": "'edited'",
    "resource_type": "'other'",
    "resource_id": "uuid_v7()",
    "old_values": "'{}'",
    "new_values": "NULL",
    "ip_address": "'192.0.2.8'",
    "user_agent": "''",
    "timestamp": "timestamp - interval '1 microsecond'",
    "created_at": "created_at - interval '1 microsecond'",
    "updated_at": "updated_at - interval '1 microsecond'",
    "created_by": "(SELECT id FROM users LIMIT 1)",
    "updated_by": "(SELECT id FROM users LIMIT 1)",
    "request_id": "NULL",
    "database_user": "'nobody'",
    "salt": "gen_random_uuid()",
}


def test_F91_a_trail_that_nobody_touched_has_no_problems(trail: Trail) -> None:
    trail.write("d")
    report = trail.verify()
    assert (report.ok, report.problems, report.waiting) == (True, [], 0)
    assert report.head is not None
    assert report.head.sequence == report.seals
    with trail.app.connect() as connection:
        assert report.rows == len(connection.execute(select(AuditLog.id)).all())


def test_every_column_of_the_audit_is_sealed() -> None:
    assert set(EDITS) == set(AuditLog.__table__.columns.keys())


@pytest.mark.parametrize("column", EDITS)
def test_S64_an_edited_row_is_found(trail: Trail, column: str) -> None:
    trail.tamper(
        "INSERT INTO users (email) VALUES ('ada@example.org')",
        f"UPDATE audit_logs SET {column} = {EDITS[column]} WHERE action_type = 'b'",
    )
    kinds = {kind for kind, _ in trail.problems()}
    assert kinds == ({"removed"} if column == "id" else {"edited"})


def test_an_empty_text_is_not_null(trail: Trail) -> None:
    trail.tamper("UPDATE audit_logs SET request_id = '' WHERE action_type = 'a'")
    trail.seal()
    trail.tamper("UPDATE audit_logs SET request_id = NULL WHERE action_type = 'a'")
    assert trail.problems() == [("edited", "a")]


def test_S64_a_removed_row_is_found(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_logs WHERE action_type = 'b'")
    (problem,) = trail.verify().problems
    assert (problem.kind, problem.id is None) == ("removed", False)
    assert problem.at is not None


def test_S64_rows_that_changed_places_are_found(trail: Trail) -> None:
    trail.tamper(
        "UPDATE audit_logs AS item SET timestamp = other.timestamp FROM audit_logs AS other "
        "WHERE (item.action_type, other.action_type) IN (('a', 'c'), ('c', 'a'))"
    )
    assert trail.problems() == [("edited", "c"), ("edited", "a")]


def test_S64_a_row_that_is_inserted_into_the_past_is_found(trail: Trail) -> None:
    trail.tamper(
        "INSERT INTO audit_logs (timestamp, action_type, resource_type) "
        "VALUES (now() - interval '25 hours', 'forged', 'users')"
    )
    assert trail.problems() == [("added", "forged")]


@pytest.mark.parametrize("moment", ["now() + interval '25 hours'", "'infinity'", "'4712-01-01 BC'"])
def test_S64_a_row_of_an_impossible_time_is_found(trail: Trail, moment: str) -> None:
    trail.tamper(
        "INSERT INTO audit_logs (timestamp, action_type, resource_type) "
        f"VALUES ({moment}, 'forged', 'users')"
    )
    assert trail.problems() == [("added", "forged")]


def test_S64_a_second_row_with_a_sealed_id_is_found(trail: Trail) -> None:
    trail.tamper(
        "INSERT INTO audit_logs (id, action_type, resource_type) "
        "SELECT id, 'forged', 'users' FROM audit_logs WHERE action_type = 'b'"
    )
    kinds = [kind for kind, _ in trail.problems()]
    assert kinds == ["edited"]


def test_S64_a_removed_seal_is_found(trail: Trail) -> None:
    head = trail.verify().head
    assert head is not None
    trail.tamper(f"DELETE FROM audit_seals WHERE sequence = {head.sequence - 1}")
    problems = trail.problems()
    assert ("seal missing", f"seal {head.sequence - 1}") in problems
    assert ("seal broken", f"seal {head.sequence}") in problems


@pytest.mark.parametrize(
    "change",
    [
        "entries = overlay(entries PLACING '\\x00' FROM 20)",
        "entries = entries || entries, row_count = row_count * 2",
        "entries = ''",
        "row_count = row_count + 1",
        "sealed_at = sealed_at - interval '1 microsecond'",
        "sealed_at = 'infinity'",
        "kind = 'erasure'",
        "hash = sha256(hash)",
        "previous_hash = sha256(previous_hash)",
    ],
)
def test_S64_a_tampered_seal_is_found(trail: Trail, change: str) -> None:
    head = trail.verify().head
    assert head is not None
    trail.tamper(f"UPDATE audit_seals SET {change} WHERE sequence = {head.sequence - 1}")
    assert ("seal broken", f"seal {head.sequence - 1}") in trail.problems()


def test_S64_seals_that_changed_places_are_found(trail: Trail) -> None:
    head = trail.verify().head
    assert head is not None
    last = head.sequence
    trail.tamper(
        f"UPDATE audit_seals SET sequence = -sequence WHERE sequence IN ({last - 1}, {last})",
        f"UPDATE audit_seals SET sequence = {2 * last - 1} + sequence WHERE sequence < 0",
    )
    assert [kind for kind, _ in trail.problems()] == ["seal broken", "seal broken"]


def test_S64_a_chain_that_was_made_anew_contradicts_the_head_that_was_noted(trail: Trail) -> None:
    noted = trail.verify().head
    trail.tamper(
        "DELETE FROM audit_logs WHERE action_type = 'b'",
        "DELETE FROM audit_seals",
    )
    assert trail.problems() == []
    assert ("seal missing", "seal 2") in trail.problems(noted)


def test_a_head_that_was_noted_stays_part_of_the_chain(trail: Trail) -> None:
    noted = trail.verify().head
    trail.write("d")
    report = trail.verify(noted)
    assert report.ok
    assert report.head != noted
    assert Head.parse(str(noted)) == noted


@pytest.mark.parametrize("head", ["", "1", "1:", "1:00", f"x:{'0' * 64}", f"1:{'G' * 64}"])
def test_what_is_no_head_is_refused(head: str) -> None:
    with pytest.raises(NotAHeadError):
        Head.parse(head)


def test_S64_a_row_that_is_sealed_a_second_time_after_an_edit_is_found(trail: Trail) -> None:
    trail.tamper(
        "UPDATE audit_logs SET user_agent = 'forged' WHERE action_type = 'b'",
        "SELECT append_audit_seals('rows', array_agg(id), '-infinity') "
        "FROM audit_logs WHERE action_type = 'b'",
    )
    assert trail.problems() == [("sealed twice", "b")]


def test_problems_are_counted_when_there_are_too_many_to_show(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataviz_pipelines.core.audit.report.MOST_SHOWN", 2)
    trail.tamper("UPDATE audit_logs SET user_agent = 'forged' WHERE length(action_type) = 1")
    report = trail.verify()
    assert (len(report.problems), dict(report.counts)) == (2, {"edited": 3})


def test_others_can_compute_what_the_documentation_says(trail: Trail) -> None:
    """With nothing but the columns' values."""
    with trail.app.connect() as connection:
        row = connection.execute(
            select(AuditLog.__table__).where(AuditLog.action_type == "a")
        ).one()
        seals = connection.scalars(select(AuditSeal.entries)).all()
    entries = {
        UUID(bytes=seal[start : start + 16]): seal[start + 16 : start + 48]
        for seal in seals
        for start in range(0, len(seal), 48)
    }
    values = [
        str(row.id), seconds(row.timestamp), None, "a", "platform", None, None, '{"key": "ä\\n"}',
        "192.0.2.7/32", "curl/8", "request-1", trail.app.url.username, str(row.salt),
        seconds(row.created_at), seconds(row.updated_at), None, None,
    ]  # fmt: skip
    text = json.dumps(values, ensure_ascii=False)
    assert hashlib.sha256(text.encode()).digest() == entries[row.id]


def seconds(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{int(utc.replace(microsecond=0).timestamp())}.{utc.microsecond:06}"
