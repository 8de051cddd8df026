"""F74: what differs between two documents."""

from typing import Any

import pytest

from dataviz_pipelines.core.versions.diff import Change, changes


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [Change("replace", "/a", 1, True)]),
        ({"a": 1}, {"a": None}, [Change("replace", "/a", 1, None)]),
        ({"a": 1}, {}, [Change("remove", "/a", 1, None)]),
        ({}, {"a": {"b": 1}}, [Change("add", "/a", None, {"b": 1})]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, [Change("replace", "/a/b", 1, 3)]),
        ({"a": {}}, {"a": []}, [Change("replace", "/a", {}, [])]),
        ({"x/y~z": 1}, {"x/y~z": 2}, [Change("replace", "/x~1y~0z", 1, 2)]),
        (
            {"a": ["x", "y"]},
            {"a": ["x", "z", "w"]},
            [Change("replace", "/a/1", "y", "z"), Change("add", "/a/2", None, "w")],
        ),
    ],
)
def test_f74_each_change_is_named_by_its_place(
    before: Any, after: Any, expected: list[Change]
) -> None:
    assert list(changes(before, after)) == expected


def test_f74_things_with_an_id_are_found_wherever_they_stand() -> None:
    before = {"components": [{"id": "a", "width": 1}, {"id": "b", "width": 2}]}
    after = {
        "components": [{"id": "c", "width": 9}, {"id": "b", "width": 2}, {"id": "a", "width": 3}]
    }
    assert list(changes(before, after)) == [
        Change("replace", "/components/a/width", 1, 3),
        Change("add", "/components/c", None, {"id": "c", "width": 9}),
    ]
