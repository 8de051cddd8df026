"""Which header of a file means which column of a template."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.headers import MatchedBy, match_headers, source_columns
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument


def template(columns: list[dict[str, Any]], *steps: dict[str, Any]) -> TemplateDocument:
    return TemplateDocument.model_validate(
        {
            "name": "orders",
            "file_format": "csv",
            "validation_rules": {"columns": columns},
            "transformation_rules": {"steps": list(steps)},
            "destination_config": {"table": "orders"},
        }
    )


PLAIN = template(
    [
        {"name": "id", "aliases": ["Order No."]},
        {"name": "unit_price", "aliases": ["Preis"]},
        {"name": "note", "required": False},
    ]
)


@pytest.mark.parametrize(
    ("header", "column", "how"),
    [
        ("unit_price", "unit_price", MatchedBy.EXACT),
        ("Preis", "unit_price", MatchedBy.ALIAS),
        ("Unit Price", "unit_price", MatchedBy.FOLDED),
        ("UNIT-PRICE ", "unit_price", MatchedBy.FOLDED),
        ("order no", "id", MatchedBy.FOLDED),
        ("PREIS", "unit_price", MatchedBy.FOLDED),
    ],
)
def test_F25_a_header_is_found_by_name_alias_or_spelling(
    header: str, column: str, how: MatchedBy
) -> None:
    (matched,) = match_headers([header], PLAIN).matched
    assert (matched.column, matched.how) == (column, how)


def test_F25_a_near_match_is_suggested_and_never_applied() -> None:
    match = match_headers(["id", "unit_prise"], PLAIN)
    assert match.missing == ("unit_price",)
    assert match.unknown == ("unit_prise",)
    assert match.suggestions == ("'unit_prise' for unit_price",)


def test_an_absent_optional_column_is_not_missing() -> None:
    match = match_headers(["id", "Unit Price"], PLAIN)
    assert match.missing == ()
    assert match.renames == {"Unit Price": "unit_price"}


def test_the_exact_header_wins_and_the_other_stays_unknown() -> None:
    match = match_headers(["Unit Price", "unit_price", "id"], PLAIN)
    assert match.unknown == ("Unit Price",)
    assert match.renames == {}


def test_two_headers_that_fold_to_one_column_mean_none() -> None:
    match = match_headers(["Unit Price", "UNIT PRICE", "id"], PLAIN)
    assert match.missing == ("unit_price",)
    assert match.warnings == (
        "Headers 'Unit Price' and 'UNIT PRICE' could all mean unit_price; none was taken.",
    )


def test_columns_that_fold_alike_are_told_apart_only_by_their_exact_names() -> None:
    document = template([{"name": "ab"}, {"name": "a b", "required": False}])
    assert match_headers(["A_B"], document).unknown == ("A_B",)
    assert match_headers(["a b", "ab"], document).unknown == ()


def needed(document: TemplateDocument) -> dict[str, bool]:
    return {column.name: column.required for column in source_columns(document)}


def test_what_a_file_needs_is_found_by_walking_the_steps_backwards() -> None:
    document = template(
        [
            {"name": "first"},
            {"name": "last", "required": False},
            {"name": "price", "aliases": ["cost"]},
            {"name": "total", "type": "decimal"},
            {"name": "source"},
            {"name": "place"},
            {"name": "score"},
        ],
        {"op": "drop", "columns": ["junk"]},
        {"op": "split", "column": "name", "separator": " ", "into": ["first", "last"]},
        {"op": "rename", "columns": {"Preis": "price"}},
        {"op": "constant", "column": "source", "value": "shop"},
        {"op": "concatenate", "columns": ["city", "country"], "into": "place"},
        {"op": "python", "function": "rate", "adds": ["score"]},
        {"op": "trim", "columns": ["extra"]},
        {"op": "compute", "column": "total", "expression": "1.5"},
    )
    assert needed(document) == {
        "name": True,
        "Preis": True,
        "city": True,
        "country": True,
        "extra": False,
        "junk": False,
    }
    assert match_headers(["cost", "name", "city", "country"], document).renames == {"cost": "Preis"}


def test_parts_that_nothing_requires_do_not_require_the_whole() -> None:
    document = template(
        [{"name": "first", "required": False}, {"name": "name", "required": False}],
        {"op": "split", "column": "name", "separator": " ", "into": ["first", "x"], "keep": True},
    )
    assert needed(document) == {"name": False}


def test_a_header_that_a_step_writes_over_is_neither_read_nor_unknown() -> None:
    document = template(
        [{"name": "price", "type": "decimal"}, {"name": "total", "type": "decimal"}],
        {"op": "compute", "column": "total", "expression": "price"},
    )
    match = match_headers(["price", "total"], document)
    assert match.unknown == ()
    assert match.warnings == ("The file's column 'total' is replaced by the template's.",)
