"""Settings by key: for administrators, the public ones for everybody to read."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from dataviz_pipelines.core.models.documents.settings import PUBLIC_SETTINGS, SystemSettings
from dataviz_pipelines.core.models.tables import AuditLog
from tests.api.dashboards.boards import made, pointers
from tests.api.people import People, Person

SETTINGS = "/api/v1/settings"
KEYS = set(SystemSettings.model_fields)
OTHERS = ("editor", "analyst", "viewer", "uploader")


def _keys(person: Person, **asked: str) -> list[str]:
    items = made(person.http.get(SETTINGS, params={"sort": "setting_key", **asked}))["items"]
    return [each["setting_key"] for each in items]


def test_s34_everybody_sees_the_public_ones_and_counts_no_others(people: People) -> None:
    for role in OTHERS:
        person = people(role)
        assert set(_keys(person)) == PUBLIC_SETTINGS
        assert made(person.http.get(SETTINGS, params={"count": "true"}))["total"] == 2
        assert _keys(person, is_public="false") == []
        assert person.http.get(f"{SETTINGS}/query_max_rows").status_code == 404
        assert person.http.get(f"{SETTINGS}/max_upload_size_mb").status_code == 200
    admin = people("admin")
    assert set(_keys(admin)) == KEYS
    assert admin.http.get(f"{SETTINGS}/query_max_rows").status_code == 200


def test_s36_only_administrators_change_settings(people: People) -> None:
    path = f"{SETTINGS}/max_upload_size_mb"
    for role in OTHERS:
        assert people(role).http.patch(path, json={"setting_value": 5}).status_code == 403
    assert made(people("admin").http.patch(path, json={"setting_value": 5}))["setting_value"] == 5


def test_a_setting_that_becomes_public_is_seen_by_everybody(people: People) -> None:
    admin, viewer = people("admin"), people("viewer")
    path = f"{SETTINGS}/query_max_rows"
    made(admin.http.patch(path, json={"is_public": True}))
    assert made(viewer.http.get(path))["setting_value"] == 10_000
    made(admin.http.patch(path, json={"is_public": False}))
    assert viewer.http.get(path).status_code == 404


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("max_upload_size_mb", [1, 1_048_576], [0, 1_048_577, 1.5, "5", True, None]),
        ("enable_public_dashboards", [True, False], [1, "true", None]),
        ("session_timeout_minutes", [1], [0, 525_601]),
        ("session_absolute_timeout_hours", [8_760], [8_761]),
        ("query_timeout_seconds", [86_400], [-1]),
        ("query_max_rows", [1], [10_000_001, []]),
    ],
)
def test_a_setting_takes_only_what_it_means(
    people: People, key: str, good: list[Any], bad: list[Any]
) -> None:
    admin, path = people("admin"), f"{SETTINGS}/{key}"
    for value in good:
        assert made(admin.http.patch(path, json={"setting_value": value}))["setting_value"] == value
    for value in bad:
        assert pointers(admin.http.patch(path, json={"setting_value": value})) == ["/setting_value"]
    assert made(admin.http.get(path))["setting_value"] == good[-1]


def test_s37_settings_are_neither_made_nor_renamed_nor_deleted(people: People) -> None:
    admin, path = people("super_admin"), f"{SETTINGS}/query_max_rows"
    for field in ("setting_key", "description", "id", "created_by"):
        assert pointers(admin.http.patch(path, json={field: "x"})) == [f"/{field}"]
    assert admin.http.patch(f"{SETTINGS}/unheard_of", json={"setting_value": 1}).status_code == 404
    assert admin.post(SETTINGS, {}).status_code == admin.http.delete(path).status_code == 405


def test_f73_a_setting_that_was_changed_meanwhile_is_kept(people: People) -> None:
    admin, path = people("admin"), f"{SETTINGS}/query_max_rows"
    tag = {"If-Match": admin.http.get(path).headers["etag"]}
    made(admin.http.patch(path, json={"setting_value": 7}, headers=tag))
    assert admin.http.patch(path, json={"setting_value": 8}, headers=tag).status_code == 412
    fresh = {"If-None-Match": admin.http.get(path).headers["etag"]}
    assert admin.http.get(path, headers=fresh).status_code == 304


def test_s39_s40_the_list_refuses_what_it_does_not_offer(people: People) -> None:
    admin = people("admin")
    for asked in ({"limit": "201"}, {"sort": "id"}, {"setting_value": "5"}, {"cursor": "x"}):
        assert admin.http.get(SETTINGS, params=asked).status_code == 422, asked


def test_f89_a_changed_setting_is_in_the_audit_with_what_it_was(
    people: People, app_engine: Engine
) -> None:
    admin = people("admin")
    made(admin.http.patch(f"{SETTINGS}/query_max_rows", json={"setting_value": 7}))
    with app_engine.connect() as connection:
        noted = connection.execute(
            select(AuditLog.old_values, AuditLog.new_values, AuditLog.user_id).where(
                AuditLog.resource_type == "system_settings", AuditLog.action_type == "update"
            )
        ).one()
    assert tuple(noted) == ({"setting_value": 10_000}, {"setting_value": 7}, admin.id)


def test_s24_a_changed_timeout_counts_from_the_next_request(
    people: People, app_engine: Engine
) -> None:
    admin, person = people("admin"), people("viewer")
    with app_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE sessions SET last_seen_at = now() - interval '10 minutes'"
        )
    assert person.http.get(SETTINGS).status_code == 200
    with app_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE sessions SET last_seen_at = now() - interval '10 minutes'"
        )
    made(admin.http.patch(f"{SETTINGS}/session_timeout_minutes", json={"setting_value": 5}))
    assert person.http.get(SETTINGS).status_code == 401
