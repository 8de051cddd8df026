"""Every example loads through the core into a real PostgreSQL, with exactly the counts and reasons that its README tells."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import first_rejects, load_upload, register_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.ingestion.templates import check_template, save_template
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus
from dataviz_pipelines.local.samples import EXAMPLES, Sample, sample_template, samples

README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
SAMPLES = {sample.template: sample for sample in samples()}
Reasons = dict[int, list[tuple[str | None, str, str | None]]]  # by line: column, rule, value


@dataclass(frozen=True)
class Expected:
    table: str
    loaded: int
    rejects: Reasons = field(default_factory=dict)


def whole_row(*lines: int, rule: str) -> Reasons:
    return {line: [(None, rule, None)] for line in lines}


EXPECTED = {
    "airports": Expected(
        "airports",
        3_368,
        whole_row(1138, 1717, 2253, 2314, 2754, 2761, 2902, 2966, rule="state_of_the_usa"),
    ),
    "planes": Expected("planes", 3_321, whole_row(2708, rule="jets_have_seats")),
    "cars": Expected(
        "cars",
        403,
        {
            1993: [("name, year", "unique", "ford pinto, 1975-01-01")],
            3841: [("name, year", "unique", "plymouth reliant, 1982-01-01")],
            4292: [("name, year", "unique", "toyota corolla, 1982-01-01")],
        },
    ),
    "seattle-weather": Expected("seattle_weather", 1_461),
    "damaged-orders": Expected(
        "damaged_orders",
        4,
        {
            4: [(None, "too_few_fields", None)],
            5: [(None, "too_many_fields", None)],
            6: [(None, "stray_quote", None)],
            7: [(None, "unterminated_quote", None)],
            8: [(None, "nul_byte", None)],
            9: [(None, "invalid_encoding", None)],
            10: [("ordered", "type", "2024-02-30")],
            11: [("price", "type", "19,90")],
            12: [("price", "type", "19.905")],
            13: [("quantity", "type", "2.5")],
            14: [("order_id", "unique", "DE-000001")],
            15: [("country", "one_of", "XX")],
            16: [(None, "shipped_after_order", None)],
            17: [("customer", "not_null", None)],
            18: [
                ("ordered", "min", "2023-12-31"),
                ("quantity", "min", "0"),
                ("price", "min", "-1.00"),
            ],
            19: [("order_id", "pattern", "AT-17")],
        },
    ),
    "damaged-stock": Expected(
        "damaged_stock",
        3,
        {
            4: [("article", "pattern", "12347")],
            5: [("counted", "type", "31.02.2024")],
            6: [("value", "cell_error", "#DIV/0!")],
            7: [("pieces", "cell_error", "#N/A")],
            8: [("pieces", "not_null", None)],
            9: [("shelf", "one_of", "D")],
            10: [("pieces", "type", "2.5")],
            11: [("article", "unique", "00012345")],
            12: [("column_7", "unknown_column", "surplus")],
            13: [(None, "value_agrees", None)],
            14: [("pieces", "type", "true")],
            15: [("price", "type", "2,50")],
            16: [("article", "pattern", "=1+1")],
            17: [("pieces", "not_null", None)],
            18: [("counted", "min", "1904-01-01")],
        },
    ),
    "weather": Expected("weather", 26_114, {1011: [("wind_speed", "max", "1048.36058")]}),
    "flights": Expected(
        "flights",
        336_773,
        {
            **whole_row(216449, 252001, rule="plausible_speed"),
            275947: [("distance", "min", "17")],
        },
    ),
}


@pytest.fixture
def ingestion(app_engine: Engine, tmp_path: Path) -> Ingestion:
    return Ingestion(app_engine, tmp_path / "rejects")


def load(ingestion: Ingestion, sample: Sample) -> UploadRecord:
    """After what it needs, as the demo does."""
    for needed in sample.after:
        load(ingestion, SAMPLES[needed])
    with ingestion.engine.begin() as connection:
        template, _ = save_template(connection, sample_template(sample))
    upload_id = register_upload(ingestion, template, sample.source, source=UploadSource.CLI)
    return load_upload(ingestion, upload_id)


def reasons(ingestion: Ingestion, upload_id: UUID) -> Reasons:
    return {
        line: [(error["column"], error["rule"], error["value"]) for error in errors]
        for line, errors, _ in first_rejects(ingestion, upload_id, limit=1_000)
    }


def rows(ingestion: Ingestion, statement: str) -> list[tuple[Any, ...]]:
    with ingestion.engine.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_every_sample_has_an_expectation() -> None:
    assert set(SAMPLES) == set(EXPECTED)


@pytest.mark.parametrize(
    "path", sorted((EXAMPLES / "templates").glob("*.json")), ids=lambda p: p.stem
)
def test_every_template_is_named_like_its_file_and_belongs_to_a_sample(path: Path) -> None:
    assert check_template(path.read_bytes()).name == path.stem
    assert path.stem in SAMPLES


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_loads_with_exactly_these_counts_and_reasons(
    ingestion: Ingestion, name: str
) -> None:
    expected = EXPECTED[name]
    record = load(ingestion, SAMPLES[name])
    assert record.status is UploadStatus.SUCCEEDED
    assert reasons(ingestion, record.id) == expected.rejects
    assert (record.records_success, record.records_failed) == (
        expected.loaded,
        len(expected.rejects),
    )
    assert record.records_processed == expected.loaded + len(expected.rejects)
    assert rows(ingestion, f"SELECT count(*) FROM uploads.{expected.table}") == [(expected.loaded,)]


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("damaged")])
def test_the_readme_tells_the_counts_of_a_sample(name: str) -> None:
    (row,) = (line for line in README.splitlines() if f"](templates/{name}.json) |" in line)
    processed, rejected = re.findall(r"\| (\d+)", row)
    expected = EXPECTED[name]
    assert (int(processed), int(rejected)) == (
        expected.loaded + len(expected.rejects),
        len(expected.rejects),
    )


@pytest.mark.parametrize("name", ["damaged-orders", "damaged-stock"])
def test_the_readme_tells_every_fault_of_a_damaged_file(name: str) -> None:
    section = README.split(f"[{name}](")[1].split("\n[damaged/")[0]
    told = {
        int(line): re.findall(r"`(\w+)`", rules)
        for line, rules in re.findall(r"^\| (\d+) \| .* \| ([^|]+) \|$", section, re.MULTILINE)
    }
    assert told == {
        line: [rule for _, rule, _ in found] for line, found in EXPECTED[name].rejects.items()
    }


def test_good_rows_of_the_damaged_files_are_loaded_as_they_stand(ingestion: Ingestion) -> None:
    load(ingestion, SAMPLES["damaged-orders"])
    load(ingestion, SAMPLES["damaged-stock"])
    orders = rows(
        ingestion,
        "SELECT order_id, customer, price::text FROM uploads.damaged_orders ORDER BY order_id",
    )
    assert orders == [
        ("DE-000001", "Zoë Müller", "19.90"),
        ("DE-000002", "Curie, Marie", "250.00"),
        ("DE-000017", "Two\nLines", "7.50"),
        ("DE-000018", "O'Neill", "0.99"),
    ]
    stock = rows(
        ingestion,
        "SELECT article, counted::text, value::text FROM uploads.damaged_stock ORDER BY article",
    )
    assert stock == [
        ("00012345", "2024-06-30", "25.00"),
        ("00012346", "2024-06-30", "0.00"),
        ("00012360", "2024-06-30", "0.30"),
    ]


def test_S60_the_reject_file_of_the_damaged_orders_is_safe_to_open_in_a_spreadsheet(
    ingestion: Ingestion,
) -> None:
    record = load(ingestion, SAMPLES["damaged-orders"])
    assert record.reject_path is not None
    with Path(record.reject_path).open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["reject_line"] for row in rejected if row["customer"] == "'=1+1"] == ["19"]
    assert not [cell for row in rejected for cell in row.values() if cell.startswith("=")]


def test_F33_a_sample_a_second_time_is_a_duplicate_and_changes_nothing(
    ingestion: Ingestion,
) -> None:
    first = load(ingestion, SAMPLES["planes"])
    second = load(ingestion, SAMPLES["planes"])
    assert (second.status, second.duplicate_of_id) == (UploadStatus.DUPLICATE, first.id)
    assert rows(ingestion, "SELECT count(*) FROM uploads.planes") == [(first.records_success,)]


def test_NA_is_NULL_where_the_template_says_so_and_a_name_elsewhere(ingestion: Ingestion) -> None:
    load(ingestion, SAMPLES["planes"])
    planes = rows(ingestion, "SELECT model, speed, year_built FROM uploads.planes")
    assert len([speed for _, speed, _ in planes if speed is not None]) == 23
    assert len([year for _, _, year in planes if year is None]) == 70
    assert {"150", "172N"} <= {model for model, _, _ in planes}
