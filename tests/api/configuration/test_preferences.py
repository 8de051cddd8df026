"""Preferences by key: a person's own, within bounds."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, insert

from dataviz_pipelines.core.configuration.preferences import MAX_PREFERENCES
from dataviz_pipelines.core.models.tables import UserPreference
from tests.api.dashboards.boards import made, pointers
from tests.api.people import People, Person

PREFERENCES = "/api/v1/me/preferences"


def _set(person: Person, key: str, value: Any, **headers: str) -> httpx.Response:
    body = {"preference_value": value}
    return person.http.put(f"{PREFERENCES}/{key}", json=body, headers=headers)


def _keys(person: Person, **asked: str) -> list[str]:
    items = made(person.http.get(PREFERENCES, params=asked))["items"]
    return [each["preference_key"] for each in items]


def test_a_preference_is_set_read_changed_and_forgotten(people: People) -> None:
    person, path = people(), f"{PREFERENCES}/page.columns"
    first = _set(person, "page.columns", ["name", {"width": 3}])
    shown = person.http.get(path)
    assert (made(shown), shown.headers["etag"]) == (first.json(), first.headers["etag"])
    assert first.json()["user_id"] == str(person.id)
    assert made(_set(person, "page.columns", None))["preference_value"] is None
    assert made(person.http.get(path))["id"] == first.json()["id"]
    assert person.http.delete(path).status_code == 204
    assert person.http.get(path).status_code == person.http.delete(path).status_code == 404


def test_the_same_said_twice_is_no_change(people: People) -> None:
    person = people()
    first, second = (_set(person, "a", {"x": 1}) for _ in range(2))
    assert first.headers["etag"] == second.headers["etag"]


def test_s33_s34_preferences_are_ones_own(people: People) -> None:
    person, others = people(), (people(), people("super_admin"))
    made(_set(person, "a", 1))
    for other in others:
        path = f"{PREFERENCES}/a"
        assert other.http.get(path).status_code == other.http.delete(path).status_code == 404
        assert _keys(other) == []
        made(_set(other, "a", 2))
    assert made(person.http.get(f"{PREFERENCES}/a"))["preference_value"] == 1


def test_f73_a_preference_that_was_changed_elsewhere_is_kept(people: People) -> None:
    person, path = people(), f"{PREFERENCES}/a"
    tag = {"If-Match": _set(person, "a", 1).headers["etag"]}
    made(_set(person, "a", 2, **tag))
    assert _set(person, "a", 3, **tag).status_code == 412
    assert person.http.delete(path, headers=tag).status_code == 412
    assert made(person.http.get(path))["preference_value"] == 2
    assert _set(person, "new", 1, **{"If-Match": "*"}).status_code == 404
    fresh = {"If-None-Match": person.http.get(path).headers["etag"]}
    assert person.http.get(path, headers=fresh).status_code == 304


def test_preferences_are_listed_by_their_keys_page_by_page(people: People) -> None:
    person = people()
    for key in ("c", "a", "b"):
        made(_set(person, key, key))
    assert _keys(person) == ["a", "b", "c"]
    assert _keys(person, sort="-preference_key") == ["c", "b", "a"]
    assert _keys(person, preference_key="b") == ["b"]
    page = made(person.http.get(PREFERENCES, params={"limit": "2", "count": "true"}))
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert _keys(person, cursor=page["next_cursor"]) == ["c"]


def test_s39_s40_the_list_refuses_what_it_does_not_offer(people: People) -> None:
    person = people()
    for asked in ({"limit": "201"}, {"sort": "id"}, {"user_id": str(person.id)}, {"cursor": "x"}):
        assert person.http.get(PREFERENCES, params=asked).status_code == 422, asked


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("dashboard_refresh_interval", [None, 5, 86_400], [4, "60", 5.5, True]),
        ("default_chart_colors", [[], ["#aabbcc"]], ["#aabbcc", ["red"]]),
        ("timezone", ["Europe/Vienna"], ["Vienna", None]),
        ("theme_preference", ["dark", str(uuid4())], ["pink", 1]),
    ],
)
def test_a_key_that_the_platform_knows_takes_only_what_it_means(
    people: People, key: str, good: list[Any], bad: list[Any]
) -> None:
    person = people()
    for value in good:
        assert made(_set(person, key, value))["preference_value"] == value
    for value in bad:
        (pointer,) = {each.split("/")[1] for each in pointers(_set(person, key, value))}
        assert pointer == "preference_value", value


def test_s37_a_body_sets_a_value_and_nothing_else(people: People) -> None:
    person, path = people(), f"{PREFERENCES}/a"
    for field in ("user_id", "preference_key", "id"):
        body = {"preference_value": 1, field: str(uuid4())}
        assert pointers(person.http.put(path, json=body)) == [f"/{field}"]
    assert pointers(person.http.put(path, json={})) == ["/preference_value"]


@pytest.mark.parametrize("key", ["with space", "a%2Fb", "%00", "x" * 256, "ä"])
def test_a_key_is_plain(people: People, key: str) -> None:
    assert _set(people(), key, 1).status_code in (404, 422)


@pytest.mark.parametrize(
    "value", ["NaN", "1e400", '"a\\u0000b"', '"\\ud800"', "[" * 500 + "]" * 500]
)
def test_s67_a_value_that_cannot_be_kept_is_the_callers_mistake(people: People, value: str) -> None:
    headers = {"Content-Type": "application/json"}
    body = f'{{"preference_value": {value}}}'
    answer = people().http.put(f"{PREFERENCES}/a", content=body, headers=headers)
    assert answer.status_code == 422


def test_preferences_are_bounded_in_size_and_number(people: People, app_engine: Engine) -> None:
    person = people()
    assert _set(person, "long", "x" * 16_384).status_code == 422
    rows = [
        {"user_id": person.id, "preference_key": f"k{number}", "preference_value": number}
        for number in range(MAX_PREFERENCES)
    ]
    with app_engine.begin() as connection:
        connection.execute(insert(UserPreference), rows)
    refused = _set(person, "one.more", 1)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:dataviz:TooManyPreferences")
    assert person.http.get(f"{PREFERENCES}/one.more").status_code == 404
    assert made(_set(person, "k0", "still"))["preference_value"] == "still"
