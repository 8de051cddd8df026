"""What Dagster shows of the files of a run."""

from typing import Any

import dagster as dg
import psycopg
import pytest

from dataviz_pipelines.assets.uploads import UPLOADS
from dataviz_pipelines.core.ingestion import service as ingestion_service
from dataviz_pipelines.resources import Platform
from tests.dagster_platform import load
from tests.dropbox import DropBox

MIXED = b"name,amount\nbolt,2\nnut,x\nnail,3\n"
REFUSED = b"name,amount\nbolt,x\nnut,y\nnail,1\n"


def materializations(result: dg.ExecuteInProcessResult) -> list[dg.AssetMaterialization]:
    return [
        event.materialization
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION
    ]


def observations(result: dg.ExecuteInProcessResult) -> list[dg.AssetObservation]:
    return [
        event.asset_observation_data.asset_observation
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_OBSERVATION
    ]


def values(event: dg.AssetMaterialization | dg.AssetObservation) -> dict[str, Any]:
    return {name: value.value for name, value in event.metadata.items()}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def test_F43_F116_F117_a_loaded_file_is_a_materialization_of_its_templates_partition(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("mixed.csv", MIXED)
    result = load(instance, platform)
    (event,) = materializations(result)
    (record,) = box.records()
    shown = values(event)
    assert (event.asset_key, event.partition) == (UPLOADS, "orders")
    assert event.description == "mixed.csv: 2 rows loaded, 1 rejected"
    assert shown.pop("duration_s") > 0
    assert shown.pop("preview").splitlines()[2:] == ["| bolt | 2 |", "| nail | 3 |"]
    assert shown.pop("top_reasons").splitlines()[2:] == ["| amount | type | 1 |"]
    schema = shown.pop("dagster/column_schema")
    assert [(column.name, column.type) for column in schema.columns] == record.details.columns
    assert shown == {
        "file": "mixed.csv",
        "upload_id": str(record.id),
        "status": "succeeded",
        "size_bytes": len(MIXED),
        "sha256": record.file_hash,
        "rows_processed": 3,
        "rows_loaded": 2,
        "rows_rejected": 1,
        "reject_rate": 0.333333,
        "attempt": 1,
        "stored_at": record.stored_path,
        "reject_file": record.reject_path,
        "dagster/row_count": 2,
        "dagster/table_name": "uploads.orders",
    }
    assert result.success


def test_F116_the_columns_are_described_as_the_template_describes_them(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    columns = [{"name": "name", "description": "As on the invoice."}, {"name": "amount"}]
    box.add_template(validation_rules={"columns": columns})
    box.drop("a.csv")
    (event,) = materializations(load(instance, platform))
    schema = values(event)["dagster/column_schema"]
    assert [(column.name, column.description) for column in schema.columns] == [
        ("name", "As on the invoice."),
        ("amount", None),
    ]


def test_one_materialization_for_every_file_and_an_observation_for_what_loads_nothing(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("1.csv")
    box.drop("2.csv", REFUSED)
    box.drop("3.csv", b"")
    box.drop("4.csv", b"name,amount\nbolt,4\n")
    box.drop("5.csv")
    result = load(instance, platform)
    assert result.success
    assert [values(event)["file"] for event in materializations(result)] == ["1.csv", "4.csv"]
    refused, empty, again = [values(event) for event in observations(result)]
    assert (refused["file"], refused["status"]) == ("2.csv", "failed")
    assert refused["error"].startswith("File 2.csv has 2 rejected rows of 3")
    assert (empty["file"], empty["status"]) == ("3.csv", "quarantined")
    assert (again["status"], again["duplicate_of"]) == ("duplicate", str(box.records()[0].id))
    assert box.rows() == [("bolt", 2), ("bolt", 4), ("nut", 3)]


def test_a_run_with_nothing_to_load_succeeds_and_says_nothing(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    assert box.records() == []
    result = load(instance, platform)
    assert (result.success, materializations(result), observations(result)) == (True, [], [])


def test_every_check_passes_when_all_is_well(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    found = checks(load(instance, platform))
    assert {name: check.passed for name, check in found.items()} == {
        "counts_add_up": True,
        "files_loaded": True,
        "reject_rate": True,
        "schema_drift": True,
    }


def test_files_loaded_fails_and_names_the_file_that_was_refused(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    box.drop("b.csv", REFUSED)
    found = checks(load(instance, platform))
    assert {name for name, check in found.items() if not check.passed} == {"files_loaded"}
    check = found["files_loaded"]
    assert check.severity is dg.AssetCheckSeverity.ERROR
    assert check.metadata["files"].value == 1
    assert "2 rejected rows of 3" in str(check.metadata["file: b.csv"].value)


def test_reject_rate_warns_above_the_templates_limit(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.add_template(
        validation_rules={
            "columns": [{"name": "name", "type": "text"}, {"name": "amount", "type": "integer"}],
            "file": {"max_reject_rate": 1.0, "warn_reject_rate": 0.4},
        }
    )
    box.drop("a.csv", MIXED)
    box.drop("b.csv", REFUSED)
    found = checks(load(instance, platform))
    check = found["reject_rate"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert {name: value.value for name, value in check.metadata.items()} == {
        "files": 1,
        "file: b.csv": "66.67%",
    }


def test_schema_drift_says_what_is_new_and_what_is_gone(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.add_template(
        validation_rules={
            "columns": [
                {"name": "name", "type": "text"},
                {"name": "amount", "type": "integer", "required": False},
            ]
        },
        destination_config={"table": "orders", "contract": "discard_value"},
    )
    box.drop("a.csv")
    assert checks(load(instance, platform))["schema_drift"].passed
    box.drop("b.csv", b"name,colour\nbolt,red\n")
    check = checks(load(instance, platform))["schema_drift"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["file: b.csv"].value == "new: colour; gone: amount"


def test_F43_a_file_is_run_again_by_its_upload_id(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv", REFUSED)
    load(instance, platform)
    (refused,) = box.records()
    columns = [{"name": name, "type": "text"} for name in ("name", "amount")]
    box.add_template(validation_rules={"columns": columns})
    (event,) = materializations(load(instance, platform, upload_ids=[str(refused.id)]))
    assert (values(event)["file"], values(event)["attempt"]) == ("a.csv", 2)


@pytest.mark.parametrize(
    ("upload_id", "said"),
    [
        ("a.csv", "'a.csv' is not an id. Copy the upload_id"),
        ("00000000-0000-7000-8000-000000000000", "There is no upload"),
    ],
)
def test_an_upload_id_that_is_none_fails_the_run_with_the_remedy(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox, upload_id: str, said: str
) -> None:
    assert box.records() == []
    result = load(instance, platform, upload_ids=[upload_id])
    (failure,) = [e for e in result.all_events if e.is_step_failure]
    assert failure.step_failure_data.user_failure_data is not None
    assert said in str(failure.step_failure_data.user_failure_data.description)


def test_R13_a_database_that_is_away_is_asked_again(
    instance: dg.DagsterInstance,
    platform: Platform,
    box: DropBox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first attempt of the step meets no database, the second one does."""
    monkeypatch.setattr(ingestion_service, "PAUSES_S", ())
    monkeypatch.setattr("dataviz_pipelines.failures.RETRY_AFTER_S", 0)
    load_file = "dataviz_pipelines.core.ingestion.service.load_file"

    def lose_the_database(*_arguments: object, **_options: object) -> None:
        monkeypatch.undo()
        raise psycopg.OperationalError("server closed the connection")

    monkeypatch.setattr(load_file, lose_the_database)
    box.drop("a.csv")
    (upload_id,) = box.take()
    result = load(instance, platform, upload_ids=[str(upload_id)])
    assert [e for e in result.all_events if e.event_type is dg.DagsterEventType.STEP_UP_FOR_RETRY]
    assert result.success
    assert box.rows() == [("bolt", 2), ("nut", 3)]


def test_markdown_that_a_file_smuggles_in_stays_text(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    hostile = b'name,amount\n"<img src=x onerror=alert(1)> | [click](javascript:x) `a`",1\n'
    box.drop("a.csv", hostile)
    (event,) = materializations(load(instance, platform))
    preview = str(values(event)["preview"])
    line = preview.splitlines()[2]
    assert not set("<>[]()`") & set(line)
    assert line.count("|") == 3, "no cell more than the table has columns"
    assert "&#60;img src=x" in line


def test_a_hundred_megabytes_in_one_cell_do_not_become_metadata(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv", b"name,amount\n" + b"x" * 1_000_000 + b",1\n")
    (event,) = materializations(load(instance, platform))
    assert len(str(values(event)["preview"])) < 1000
