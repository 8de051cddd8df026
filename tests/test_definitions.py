"""What Dagster is given as a whole."""

import subprocess
import sys

import dagster as dg

from dataviz_pipelines.definitions import defs

GRAPH = defs.resolve_asset_graph()
LOGS = [
    "audit_logs",
    "dashboard_analytics",
    "query_execution_logs",
    "scheduler_job_runs",
    "upload_history",
]
ROLLUPS = [
    f"{name}_by_{grain}"
    for name in ("audit", "dashboards", "jobs", "queries", "uploads")
    for grain in ("day", "hour")
]
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_definitions_load_without_a_warning_and_without_a_database() -> None:
    """In a process of their own, as the code server does it."""
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import dataviz_pipelines.definitions as d; d.defs.get_repository_def().load_all_definitions()"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (loaded.returncode, loaded.stderr) == (0, "")


def test_F118_every_asset_has_an_owner_a_group_kinds_and_a_description() -> None:
    made_elsewhere = ["data_sources", "inbox", *LOGS]
    assert sorted(SPECS) == sorted([*made_elsewhere, "source_tables", "uploads", *ROLLUPS])
    lacking = {
        key: [name for name in ("owners", "group_name", "kinds", "description") if not getattr(spec, name)]
        for key, spec in SPECS.items()
    }  # fmt: skip
    assert lacking == {key: [] for key in SPECS}


def test_F118_every_asset_that_is_made_here_has_a_freshness_policy_and_a_blocking_check() -> None:
    made = [node for node in GRAPH.asset_nodes if node.is_materializable]
    blocking = {
        node.key.to_user_string(): [key.name for key in node.check_keys if GRAPH.get_check_spec(key).blocking]
        for node in made
    }  # fmt: skip
    assert blocking == {
        "source_tables": ["tables_add_up"],
        "uploads": ["counts_add_up"],
        **{key: ["rollup_equals_raw"] for key in ROLLUPS},
    }
    for node in made:
        assert node.freshness_policy is not None


def test_F119_every_op_has_a_pool() -> None:
    assert {node.pools and tuple(node.pools) for node in GRAPH.asset_nodes if node.is_materializable} == {("discovery",), ("rollups",), ("uploads",)}  # fmt: skip


def test_every_sensor_runs_from_the_start_and_says_what_it_does() -> None:
    sensors = list(defs.get_repository_def().sensor_defs)
    assert sorted(sensor.name for sensor in sensors) == [
        "audit_seals",
        "changed_hours",
        "discoveries",
        "failed_checks",
        "failed_runs",
        "inbox_files",
        "notification_deliveries",
        "record_runs_cancelled",
        "record_runs_failed",
        "record_runs_queued",
        "record_runs_running",
        "record_runs_succeeded",
        "recovered_runs",
        "scheduler",
        "sent_uploads",
    ]
    for sensor in sensors:
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        assert sensor.description


def test_every_schedule_runs_from_the_start_and_says_what_it_does() -> None:
    schedules = list(defs.get_repository_def().schedule_defs)
    assert sorted(each.name for each in schedules) == ["every_day", "every_hour"]
    for each in schedules:
        assert each.default_status is dg.DefaultScheduleStatus.RUNNING
        assert each.description


def test_F116_the_lineage_leads_from_a_log_by_its_hours_to_its_days() -> None:
    daily = GRAPH.get(dg.AssetKey("queries_by_day"))
    assert daily.parent_keys == {dg.AssetKey("queries_by_hour")}
    hourly = GRAPH.get(dg.AssetKey("queries_by_hour"))
    assert hourly.parent_keys == {dg.AssetKey("query_execution_logs")}


def test_F116_the_lineage_leads_from_the_inbox_to_the_uploads() -> None:
    uploads = GRAPH.get(dg.AssetKey("uploads"))
    assert uploads.parent_keys == {dg.AssetKey("inbox")}


def test_F116_the_lineage_leads_from_the_data_sources_to_what_is_known_of_them() -> None:
    tables = GRAPH.get(dg.AssetKey("source_tables"))
    assert tables.parent_keys == {dg.AssetKey("data_sources")}
    shown = SPECS["source_tables"].metadata
    assert shown["dagster/table_name"] == "database_metadata"
    names = [column.name for column in shown["dagster/column_schema"].columns]
    assert {"schema_name", "table_name", "row_count_kind"} <= set(names)
