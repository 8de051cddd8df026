"""Two people who use the platform, and what they leave everywhere."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from dataviz_pipelines.core.audit import note, seal
from dataviz_pipelines.core.security.caller import Origin, act_as

TRACES = (
    "ada.byron@old.example",
    "ada@example.org",
    "ada%40example.org",
    "Lovelace",
    "ada-laptop-key",
    "Adas favourite",
    "adas-colour",
    "avatars/ada.png",
    "198.51.100.7",
    "AdaBrowser/1.0",
    "Europe/London",
    "For your eyes, Ada",
)
"""By which the erased person would be recognised, wherever one of them stands."""

FINGERPRINT = hashlib.sha256(b"ada@example.org").hexdigest()
"""By which whoever knows the address would find that somebody tried to log in with it."""


@dataclass(frozen=True)
class Two:
    ada: UUID
    bob: UUID


ADA = Origin("198.51.100.7", "AdaBrowser/1.0", "request-ada")
BOB = Origin("203.0.113.9", "BobBrowser/2.0", "request-bob")


@pytest.fixture
def two(app_engine: Engine) -> Two:
    """Half of what they did is sealed."""
    with app_engine.begin() as connection:
        ada = _person(connection, "ada.byron@old.example", "Ada", "Lovelace")
        bob = _person(connection, "nada@example.org", "Bob", "Builder")
    with app_engine.begin() as connection:
        act_as(connection, bob, BOB)
        _run(connection, "UPDATE users SET email = 'ada@example.org' WHERE id = :ada", ada=ada)
        _use(connection, ada, bob)
        seal(connection)
    for person, origin, other in ((ada, ADA, bob), (bob, BOB, ada)):
        with app_engine.begin() as connection:
            act_as(connection, person, origin)
            _live(connection, person, origin, other)
            note(
                connection,
                "login",
                user_id=person,
                origin=origin,
                resource_type="users",
                resource_id=person,
            )
            note(
                connection,
                "login_failed",
                user_id=None,
                origin=origin,
                resource_type="users",
                resource_id=person,
            )
    with app_engine.begin() as connection:
        act_as(connection, bob, BOB)
        _mention(connection)
    return Two(ada, bob)


def _person(connection: Connection, email: str, first: str, last: str) -> UUID:
    found = _run(
        connection,
        "INSERT INTO users (email, first_name, last_name, password_hash, avatar_url, timezone) "
        "VALUES (:email, :first, :last, 'hash', :avatar, :zone) RETURNING id",
        email=email,
        zone="Europe/London" if first == "Ada" else "Europe/Paris",
        first=first,
        last=last,
        avatar=f"https://cdn.example/avatars/{first.lower()}.png",
    )
    return UUID(str(found.scalar_one()))


def _use(connection: Connection, ada: UUID, bob: UUID) -> None:
    for person in (ada, bob):
        _run(
            connection,
            "INSERT INTO user_roles (user_id, role_id) SELECT :person, id FROM roles WHERE name = 'viewer'",
            person=person,
        )
        _run(
            connection,
            "INSERT INTO resource_permissions (resource_type, resource_id, principal_type, principal_id, permission_type, granted_by) "
            "VALUES ('dashboard', uuid_v7(), 'user', :person, 'view', :bob)",
            person=person,
            bob=bob,
        )


def _live(connection: Connection, person: UUID, origin: Origin, other: UUID) -> None:
    """What one person does; Ada's things bear her name."""
    own = {
        "secret": uuid4().hex,
        "eyes": "For your eyes, Ada" if origin is ADA else "For your eyes, Bob",
        "person": person, "other": other, "ip": origin.ip_address, "agent": origin.user_agent,
        "name": "ada-laptop-key" if origin is ADA else "bob-key",
        "mark": "Adas favourite" if origin is ADA else "Bobs favourite",
        "colour": json.dumps("adas-colour" if origin is ADA else "bobs-colour"),
    }  # fmt: skip
    for statement in (
        "INSERT INTO sessions (user_id, token_hash, ip_address, user_agent, expires_at) "
        "VALUES (:person, :secret, :ip, :agent, now() + interval '1 day')",
        "INSERT INTO api_keys (user_id, name, prefix, key_hash) VALUES (:person, :name, 'dvk_', :secret)",
        "INSERT INTO one_time_tokens (user_id, purpose, token_hash, expires_at) "
        "VALUES (:person, 'password_reset', :secret, now())",
        "INSERT INTO bookmarks (user_id, resource_type, resource_id, bookmark_name) "
        "VALUES (:person, 'dashboard', uuid_v7(), :mark)",
        "UPDATE bookmarks SET bookmark_name = CAST(:mark AS text) || '!' WHERE user_id = :person",
        "INSERT INTO user_preferences (user_id, preference_key, preference_value) "
        "VALUES (:person, 'colour', CAST(:colour AS jsonb))",
        "INSERT INTO notifications (user_id, notification_type, title, message) "
        "VALUES (:person, 'x', :eyes, 'Hello')",
        "INSERT INTO notification_deliveries (notice_id, user_id, channel_kind, kind, title, message) "
        "VALUES (uuid_v7(), :person, 'email', 'x', :eyes, 'Hello')",
        "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, response_status, response_body, response_headers) "
        "VALUES (:person, 'k', '', 201, :mark, '{}')",
        "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, response_status, response_body, response_headers) "
        "VALUES (:person, 'o', '', 201, json_build_object('id', CAST(:other AS uuid), 'first_name', CAST(:mark AS text))::text, '{}')",
        "INSERT INTO login_throttles (subject) VALUES ('address:' || CAST(:ip AS text))",
        "INSERT INTO login_throttles (subject) SELECT 'account:' || encode(sha256(convert_to(lower(email), 'UTF8')), 'hex') "
        "FROM users WHERE id = :person",
        "INSERT INTO dashboards (name) VALUES ('sales')",
        "INSERT INTO dashboard_analytics (dashboard_id, user_id, action_type, ip_address) "
        "SELECT id, :person, 'view', :ip FROM dashboards LIMIT 1",
        "INSERT INTO query_execution_logs (user_id, query_text, query_hash, status) "
        "VALUES (:person, 'SELECT 1', '', 'succeeded')",
    ):
        _run(connection, statement, **own)


def _mention(connection: Connection) -> None:
    """What others wrote about Ada, in every way that it can be spelt."""
    for statement in (
        "INSERT INTO comments (resource_type, resource_id, comment_text) VALUES ('dashboard', uuid_v7(), "
        "'Ask ADA@Example.org, not nada@example.org' || chr(10) || 'ada@example.org knows, and Ada Lovelace too')",
        "INSERT INTO notifications (user_id, notification_type, title, message, action_url) "
        "SELECT id, 'share', 'From Ada Lovelace', 'by ada@example.org', '/find?who=ada%40example.org' FROM users "
        "WHERE first_name = 'Bob'",
        "INSERT INTO notification_deliveries (notice_id, channel_kind, target, kind, title, message, last_error) VALUES "
        "(uuid_v7(), 'email', 'ada@example.org', 'x', 'From Ada Lovelace', 'by ada@example.org', 'No ada@example.org')",
        "INSERT INTO notification_channels (name, channel_kind, connection_config) VALUES ('for Ada Lovelace', 'chat', '{}')",
        "INSERT INTO notification_incidents (incident_key, kind, severity, title, message, audience) VALUES ('k', 'x', 'info', "
        "'Ada Lovelace', 'm', jsonb_build_object('channels', jsonb_build_array(jsonb_build_object('kind', 'email', 'target', "
        "'ada@example.org'))))",
        "INSERT INTO scheduler_jobs (name, job_type, notification_config) VALUES ('mail', 'maintenance', "
        "jsonb_build_object('channels', jsonb_build_array(jsonb_build_object('kind', 'email', 'target', "
        "'ada@example.org'))))",
        "INSERT INTO data_sources (name, connection_type, connection_config) VALUES ('s', 'postgresql', '{}')",
        "INSERT INTO saved_queries (name, query_text, data_source_id) "
        "SELECT 'q', '-- for' || chr(10) || 'ada.byron@old.example', id FROM data_sources LIMIT 1",
        "INSERT INTO visualizations (name, visualization_type, chart_config) VALUES ('v', 'x', "
        "jsonb_build_object('title', 'By' || chr(10) || 'ada@example.org' || chr(9) || 'Ada Lovelace'))",
        "INSERT INTO upload_templates (name, file_format, validation_rules, destination_config) "
        "VALUES ('t', 'csv', '{}', '{}')",
        "INSERT INTO upload_history (template_id, file_name, file_size_bytes, source, stored_path) "
        "SELECT id, 'ada@example.org.csv', 1, 'api', '/archive/ada@example.org.csv' FROM upload_templates",
        "UPDATE visualizations SET name = 'w'",
    ):
        _run(connection, statement)


def _run(connection: Connection, statement: str, **values: Any) -> Any:
    return connection.execute(text(statement), values)
