"""What holds for every entry of THE table."""

from typing import Any

import pytest
from fastapi import FastAPI

from api.resources import RESOURCES, Resource
from tests.api.crud.samples import BODIES, PATCHES, PREFIX, ROWS, Samples
from tests.api.people import People, Person

SECRETS = {"password_hash", "connection_config", "token_hash", "key_hash"}
ROLES = ("editor", "analyst", "viewer", "uploader")


def _path(resource: Resource) -> str:
    return f"{PREFIX}/{resource.path}"


def _shown(resource: Resource) -> set[str]:
    """Without what is only there when it is asked for."""
    return set(resource.read.model_fields) - set(resource.collection.includes)


def test_every_resource_has_a_sample() -> None:
    paths = {resource.path for resource in RESOURCES}
    assert set(BODIES) | set(ROWS) >= paths
    assert set(BODIES) >= {resource.path for resource in RESOURCES if resource.create}
    assert set(PATCHES) >= {resource.path for resource in RESOURCES if resource.update}


def test_every_resource_lists_and_shows_just_what_its_schema_says(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            row_id = str(samples.row(resource.path))
            page = admin.http.get(_path(resource), params={"count": "true"}).json()
            (listed,) = [item for item in page["items"] if item["id"] == row_id]
            assert page["total"] == len(page["items"])
            got = admin.http.get(f"{_path(resource)}/{row_id}")
            assert (got.status_code, got.json()) == (200, listed)
            assert set(listed) == _shown(resource)
            resource.read.model_validate(listed)


def test_f72_every_resource_is_created_changed_and_deleted(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            row_id = samples.row(resource.path)
            path = f"{_path(resource)}/{row_id}"
            if resource.create:
                body = samples.body(resource.path)
                created = admin.post(_path(resource), body)
                assert created.status_code == 201, created.text
                assert {name: created.json()[name] for name in body}.keys() == body.keys()
                assert created.json()["created_by"] == str(admin.id)
                path = created.headers["location"]
            if resource.update:
                patch = PATCHES[resource.path]
                changed = admin.http.patch(path, json=patch)
                assert changed.status_code == 200, changed.text
                for name, value in patch.items():
                    _assert_holds(changed.json()[name], value)
            if resource.can_delete:
                assert admin.http.delete(path).status_code == 204
                assert admin.http.get(path).status_code == 404


def _assert_holds(shown: Any, sent: Any) -> None:
    """Documents come back with their defaults."""
    if isinstance(sent, dict):
        for name, value in sent.items():
            _assert_holds(shown[name], value)
    else:
        assert shown == sent


def test_s33_s34_to_a_stranger_nothing_of_it_exists(
    people: People, samples: Samples, subtests: pytest.Subtests
) -> None:
    strangers = [people(role) for role in ROLES]
    for resource in RESOURCES:
        row_id = str(samples.row(resource.path))
        for stranger, role in zip(strangers, ROLES, strict=True):
            with subtests.test(f"{resource.path} to {role}"):
                _assert_invisible(resource, row_id, stranger)


def _assert_invisible(resource: Resource, row_id: str, stranger: Person) -> None:
    path = f"{_path(resource)}/{row_id}"
    assert stranger.http.get(path).status_code == 404
    if resource.update:
        patch = PATCHES[resource.path]
        assert stranger.http.patch(path, json=patch).status_code == 404
    if resource.can_delete:
        assert stranger.http.delete(path).status_code == 404
    page = stranger.http.get(_path(resource), params={"count": "true"}).json()
    assert row_id not in [item["id"] for item in page["items"]]
    assert page["total"] == len(page["items"])


def test_s37_no_schema_takes_what_is_not_the_callers_to_set(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            path = f"{_path(resource)}/{samples.row(resource.path)}"
            for field in ("id", "created_by", "updated_at", "is_admin"):
                if resource.create:
                    body = {**samples.body(resource.path), field: None}
                    _assert_refused(admin.post(_path(resource), body), field)
                if resource.update:
                    _assert_refused(admin.http.patch(path, json={field: None}), field)


def _assert_refused(answer: Any, field: str) -> None:
    assert answer.status_code == 422
    assert f"/{field}" in [each["pointer"] for each in answer.json()["errors"]]


def test_s38_no_answer_holds_a_secret(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            row_id = samples.row(resource.path)
            asked = {"include": ",".join(resource.collection.includes)}
            asked = asked if resource.collection.includes else {}
            for path in (_path(resource), f"{_path(resource)}/{row_id}"):
                answer = admin.http.get(path, params=asked)
                assert answer.status_code == 200, answer.text
                assert SECRETS.isdisjoint(_names(answer.json()))


def test_s38_no_schema_of_an_answer_has_a_secret(app: FastAPI) -> None:
    assert SECRETS.isdisjoint(_names(app.openapi()["components"]["schemas"]))


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in _names(each)}
    if isinstance(value, list):
        return {name for each in value for name in _names(each)}
    return set()


def test_s39_s40_every_list_is_bounded_and_refuses_what_is_not_listed(
    admin: Person, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            for parameters in (
                {"limit": 201},
                {"limit": 0},
                {"sort": "id"},
                {"updated_by": str(admin.id)},
                {"include": "nothing"},
                {"cursor": "abc"},
                {"offset": 1},
            ):
                answer = admin.http.get(_path(resource), params=parameters)
                assert answer.status_code == 422, parameters


def test_every_list_is_sorted_and_filtered_by_all_that_it_offers(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            row_id = str(samples.row(resource.path))
            samples.row(resource.path)
            row = admin.http.get(f"{_path(resource)}/{row_id}").json()
            for column in resource.collection.sorts:
                for sort in (column, f"-{column}"):
                    _assert_pages_follow(admin, resource, sort)
            for column in resource.collection.filters:
                value = row[column][0] if isinstance(row[column], list) else row[column]
                if value is not None:
                    asked = {column: value}
                    page = admin.http.get(_path(resource), params=asked).json()
                    assert row_id in [item["id"] for item in page["items"]], column
            for column in resource.collection.ranges:
                since, before = f"{column}_since", f"{column}_before"
                assert row_id in _ids(admin, resource, {since: row[column]})
                assert row_id not in _ids(admin, resource, {before: row[column]})


def test_every_list_that_can_be_searched_finds_parts_in_any_case_and_takes_them_literally(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            row_id = str(samples.row(resource.path))
            row = admin.http.get(f"{_path(resource)}/{row_id}").json()
            if not resource.collection.search:
                answer = admin.http.get(_path(resource), params={"q": "a"})
                assert answer.status_code == 422
            for column in resource.collection.search:
                if row[column] is not None:
                    assert row_id in _ids(admin, resource, {"q": row[column][1:].upper()}), column
                    for literal in ("%", "a%", "_" * len(row[column]), "~"):
                        assert row_id not in _ids(admin, resource, {"q": literal}), literal


def _assert_pages_follow(admin: Person, resource: Resource, sort: str) -> None:
    whole = _ids(admin, resource, {"sort": sort})
    found: list[str] = []
    cursor = None
    while cursor is not None or not found:
        asked = {"sort": sort, "limit": 1} | ({} if cursor is None else {"cursor": cursor})
        page = admin.http.get(_path(resource), params=asked).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert found == whole, sort


def _ids(admin: Person, resource: Resource, asked: dict[str, Any]) -> list[str]:
    answer = admin.http.get(_path(resource), params=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]
