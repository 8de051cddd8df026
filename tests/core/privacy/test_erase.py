"""Nothing of an erased person is left, everything of others is, and the audit still verifies."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from dataviz_pipelines.core.audit import note, verify_audit
from dataviz_pipelines.core.privacy import erase_person
from dataviz_pipelines.core.privacy.errors import PersonNotFoundError
from tests.core.privacy.people import ADA, FINGERPRINT, TRACES, Two


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table of ours as text, by table. Partitions are read through their parents."""
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace AS space "
                "ON space.oid = relnamespace WHERE relkind IN ('r', 'p') AND NOT relispartition "
                "AND nspname IN ('public', 'partitions', 'uploads')"
            )
        ).scalars()
        return {
            table: list(
                connection.execute(text(f"SELECT item::text FROM {table} AS item")).scalars()
            )
            for table in tables
        }


def traces(engine: Engine) -> set[tuple[str, str]]:
    return {
        (table, trace)
        for table, rows in everything(engine).items()
        for row in rows
        for trace in traces_in(row)
    }


def traces_in(row: str) -> list[str]:
    text = row.lower().replace("nada@example.org", "")
    return [trace for trace in (*TRACES, FINGERPRINT) if trace.lower() in text]


@pytest.mark.usefixtures("two")
def test_F104_the_traces_are_there_before(owner_engine: Engine) -> None:
    assert {trace for _, trace in traces(owner_engine)} == {*TRACES, FINGERPRINT}


@pytest.mark.usefixtures("two")
def test_F104_no_column_of_any_table_holds_anything_of_an_erased_person(
    owner_engine: Engine,
) -> None:
    erase_person(owner_engine, "Ada@example.org")
    assert traces(owner_engine) == set()


def test_F104_the_audit_still_verifies_and_shows_that_rows_were_rewritten(
    owner_engine: Engine, app_engine: Engine, two: Two
) -> None:
    before = verify_audit(app_engine)
    erasure = erase_person(owner_engine, str(two.ada))
    report = verify_audit(app_engine, noted=before.head)
    assert (report.problems, report.erased_rows > 0) == ([], True)
    assert erasure.rewritten["audit_logs"] > report.erased_rows


def test_an_edit_that_no_erasure_made_is_still_found(
    owner_engine: Engine, app_engine: Engine, two: Two
) -> None:
    erase_person(owner_engine, str(two.ada))
    verify_audit(app_engine)
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE audit_logs SET request_id = 'forged' WHERE user_id = :ada"),
            {"ada": two.ada},
        )
    assert set(verify_audit(app_engine).counts) == {"edited"}


def test_the_audit_keeps_what_the_person_did_when_and_to_what(
    owner_engine: Engine, two: Two
) -> None:
    kept = text(
        "SELECT id, timestamp, user_id, action_type, resource_type, resource_id, request_id, database_user "
        "FROM audit_logs ORDER BY id"
    )
    with owner_engine.connect() as connection:
        before = connection.execute(kept).all()
    erase_person(owner_engine, str(two.ada))
    with owner_engine.connect() as connection:
        after = connection.execute(kept).all()
    assert set(before) < set(after)


def test_what_somebody_else_has_stays_as_it_was(owner_engine: Engine, two: Two) -> None:
    """Whatever names Bob and not Ada."""
    before = {
        (table, row)
        for table, rows in everything(owner_engine).items()
        for row in rows
        if str(two.bob) in row and str(two.ada) not in row and not traces_in(row)
    }
    erase_person(owner_engine, str(two.ada))
    after = {(table, row) for table, rows in everything(owner_engine).items() for row in rows}
    assert before <= after
    assert {table for table, _ in before} > {"public.sessions", "public.api_keys", "public.audit_logs"}  # fmt: skip


def test_an_erased_person_cannot_come_back(owner_engine: Engine, two: Two) -> None:
    pseudonym = erase_person(owner_engine, str(two.ada)).pseudonym
    with owner_engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT email, first_name, last_name, password_hash, is_active, is_admin, "
                "(SELECT count(*) FROM sessions WHERE user_id = users.id) AS sessions, "
                "(SELECT count(*) FROM api_keys WHERE user_id = users.id) AS keys, "
                "(SELECT count(*) FROM user_roles WHERE user_id = users.id) AS roles "
                "FROM users WHERE id = :ada"
            ),
            {"ada": two.ada},
        ).one()
    assert tuple(row) == (pseudonym, "Erased", "user", None, False, False, 0, 0, 0)
    assert pseudonym == f"erased-{two.ada.hex[-8:]}@erased.invalid"


def test_what_others_wrote_stays_but_for_the_name(owner_engine: Engine, two: Two) -> None:
    pseudonym = erase_person(owner_engine, str(two.ada)).pseudonym
    with owner_engine.connect() as connection:
        comment = connection.scalar(text("SELECT comment_text FROM comments"))
        title = connection.scalar(
            text("SELECT chart_config ->> 'title' FROM visualizations WHERE name = 'w'")
        )
    assert comment == (
        f"Ask {pseudonym}, not nada@example.org\n{pseudonym} knows, and Erased user too"
    )
    assert title == f"By\n{pseudonym}\tErased user"


def test_a_file_that_is_named_after_the_person_is_reported(owner_engine: Engine, two: Two) -> None:
    assert erase_person(owner_engine, str(two.ada)).files == ["/archive/ada@example.org.csv"]


def test_erasing_is_audited_by_the_pseudonym(owner_engine: Engine, two: Two) -> None:
    pseudonym = erase_person(owner_engine, str(two.ada)).pseudonym
    with owner_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT resource_type, resource_id, new_values, database_user FROM audit_logs "
                "WHERE action_type = 'erase'"
            )
        ).all()
    assert [tuple(row) for row in found] == [
        ("users", two.ada, {"pseudonym": pseudonym}, owner_engine.url.username)
    ]


def test_erasing_twice_is_erasing_once(owner_engine: Engine, app_engine: Engine, two: Two) -> None:
    first = erase_person(owner_engine, str(two.ada))
    again = erase_person(owner_engine, first.pseudonym)
    assert again.pseudonym == first.pseudonym
    assert sum(again.deleted.values()) == 0
    assert again.rewritten["audit_logs"] == 0
    assert verify_audit(app_engine).ok


def test_what_came_in_late_goes_with_the_second_time(
    owner_engine: Engine, app_engine: Engine, two: Two
) -> None:
    erase_person(owner_engine, str(two.ada))
    with app_engine.begin() as connection:
        note(connection, "login", user_id=two.ada, origin=ADA)
    erase_person(owner_engine, str(two.ada))
    assert traces(owner_engine) == set()


def test_an_address_that_another_has_by_now_is_not_taken_from_them(
    owner_engine: Engine, two: Two
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE users SET email = 'ada.byron@old.example' WHERE id = :bob"),
            {"bob": two.bob},
        )
    erase_person(owner_engine, str(two.ada))
    with owner_engine.connect() as connection:
        query = connection.scalar(text("SELECT new_values ->> 'email' FROM audit_logs WHERE resource_id = :bob AND new_values ->> 'email' LIKE 'ada%'"), {"bob": two.bob})  # fmt: skip
    assert query == "ada.byron@old.example"


def test_a_failed_erasure_changes_nothing(owner_engine: Engine, two: Two) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_seals DROP COLUMN kind"))
    before = everything(owner_engine)
    with pytest.raises(ProgrammingError):
        erase_person(owner_engine, str(two.ada))
    assert everything(owner_engine) == before


@pytest.mark.parametrize("who", ["", "nobody@example.org", "00000000-0000-7000-8000-000000000001"])
def test_nobody_is_nobody(owner_engine: Engine, who: str) -> None:
    with pytest.raises(PersonNotFoundError):
        erase_person(owner_engine, who)


def test_what_was_erased_cannot_be_guessed_from_old_seals(owner_engine: Engine, two: Two) -> None:
    salts = text("SELECT id, salt FROM audit_logs WHERE ip_address = '198.51.100.7'")
    with owner_engine.connect() as connection:
        before = {row.id: row.salt for row in connection.execute(salts)}
    erase_person(owner_engine, str(two.ada))
    with owner_engine.connect() as connection:
        after = {
            row.id: row.salt for row in connection.execute(text("SELECT id, salt FROM audit_logs"))
        }
    assert before
    assert all(after[row] != salt for row, salt in before.items())
