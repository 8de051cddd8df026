"""Templates in the database: a version for each change, and nothing for a repetition."""

from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.errors import TemplateNotFoundError
from dataviz_pipelines.core.ingestion.templates import (
    Change,
    check_template,
    get_template,
    get_template_by_id,
    list_templates,
    save_template,
)
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument


def document(name: str = "orders", **column: Any) -> TemplateDocument:
    return check_template(
        {
            "name": name,
            "description": "What the shop sends.",
            "file_format": "csv",
            "reader_config": {"delimiter": ";"},
            "transformation_rules": {"steps": [{"op": "trim"}]},
            "validation_rules": {"columns": [{"name": "price", "type": "decimal", **column}]},
            "destination_config": {"table": "orders", "upload_id_column": "upload_id"},
            "max_file_size_mb": 10,
        }
    )


def test_F21_a_template_comes_back_as_it_was_saved(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        stored, change = save_template(connection, document(min="0.5", one_of=["1", 2]))
    with app_engine.connect() as connection:
        assert get_template(connection, "orders") == stored
        assert get_template_by_id(connection, stored.id) == stored
    assert (stored.version, change) == (1, Change.ADDED)
    assert stored.document == document(min="0.5", one_of=["1", 2])


def test_saving_the_same_template_again_changes_nothing(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        first, _ = save_template(connection, document(min=0.5))
    with app_engine.begin() as connection:
        again, change = save_template(connection, document(min=0.5))
    assert (again, change) == (first, Change.UNCHANGED)


def test_changed_content_is_the_next_version(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        first, _ = save_template(connection, document())
        second, change = save_template(connection, document(nullable=False))
    assert (second.id, second.version, change) == (first.id, 2, Change.CHANGED)
    assert second.document == document(nullable=False)


def test_two_writers_of_a_new_template_make_one(app_engine: Engine) -> None:
    changes: list[Change] = []

    def save(column: dict[str, Any]) -> None:
        with app_engine.begin() as connection:
            changes.append(save_template(connection, document(**column))[1])

    threads = [Thread(target=save, args=[column]) for column in ({}, {"nullable": False})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app_engine.connect() as connection:
        assert get_template(connection, "orders").version == 2
    assert sorted(changes) == [Change.ADDED, Change.CHANGED]


def test_templates_are_listed_by_name(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        for name in ("b", "a"):
            save_template(connection, document(name))
        assert [each.document.name for each in list_templates(connection)] == ["a", "b"]


def test_an_unknown_template_is_not_found_and_a_similar_one_suggested(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        save_template(connection, document())
        with pytest.raises(
            TemplateNotFoundError, match=r"no template 'order'\. Did you mean 'orders'"
        ):
            get_template(connection, "order")
        with pytest.raises(TemplateNotFoundError, match="no template with the id"):
            get_template_by_id(connection, uuid4())
