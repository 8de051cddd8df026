"""F73: no lost edits, and nothing sent twice that the caller has."""

import pytest

from api.resources import RESOURCES
from tests.api.crud.samples import PATCHES, PREFIX, Samples
from tests.api.people import Person

CHANGED = [resource for resource in RESOURCES if resource.update]


def test_f73_a_change_that_rests_on_an_old_state_is_refused_by_every_resource(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in CHANGED:
        with subtests.test(resource.path):
            path = f"{PREFIX}/{resource.path}/{samples.row(resource.path)}"
            patch = PATCHES[resource.path]
            tag = {"If-Match": admin.http.get(path).headers["etag"]}
            changed = admin.http.patch(path, json=patch, headers=tag)
            assert changed.status_code == 200
            assert changed.headers["etag"] != tag["If-Match"]
            assert admin.http.patch(path, json=patch, headers=tag).status_code == 412
            if resource.can_delete:
                assert admin.http.delete(path, headers=tag).status_code == 412
                tag = {"If-Match": changed.headers["etag"]}
                assert admin.http.delete(path, headers=tag).status_code == 204


def test_f73_if_match_takes_a_star_and_several_tags(admin: Person, samples: Samples) -> None:
    path = f"{PREFIX}/dashboards/{samples.row('dashboards')}"
    tag = admin.http.get(path).headers["etag"]
    for header, status in (
        ("*", 200),
        (f'"0", {tag}', 412),
        ("W/" + tag, 412),
        ("nonsense", 412),
    ):
        answer = admin.http.patch(path, json={"name": header}, headers={"If-Match": header})
        assert answer.status_code == status, header
    tag = admin.http.get(path).headers["etag"]
    several = {"If-Match": f'"0", {tag}'}
    assert admin.http.patch(path, json={"name": "Sales"}, headers=several).status_code == 200


def test_a_row_that_the_caller_has_is_not_sent_again(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            path = f"{PREFIX}/{resource.path}/{samples.row(resource.path)}"
            tag = admin.http.get(path).headers["etag"]
            for header in (tag, f"W/{tag}", f'"0", {tag}', "*"):
                answer = admin.http.get(path, headers={"If-None-Match": header})
                assert (answer.status_code, answer.content) == (304, b""), header
                assert answer.headers["etag"] == tag
            assert admin.http.get(path, headers={"If-None-Match": '"0"'}).status_code == 200


def test_what_is_included_may_have_changed_and_is_sent_again(
    admin: Person, samples: Samples
) -> None:
    path = f"{PREFIX}/dashboards/{samples.row('dashboards')}"
    tag = {"If-None-Match": admin.http.get(path).headers["etag"]}
    assert admin.http.get(path, headers=tag, params={"include": "theme"}).status_code == 200


def test_a_patch_of_nothing_is_no_change(admin: Person, samples: Samples) -> None:
    path = f"{PREFIX}/dashboards/{samples.row('dashboards')}"
    tag = {"If-Match": admin.http.get(path).headers["etag"]}
    assert admin.http.patch(path, json={}, headers=tag).status_code == 200
    assert admin.http.get(path).headers["etag"] == tag["If-Match"]
