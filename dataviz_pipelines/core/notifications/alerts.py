"""What goes wrong with the pipelines themselves, told to those who run them: once, and that it is over (F120)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel
from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications.notices import Notice
from dataviz_pipelines.core.notifications.service import MAIL, notify
from dataviz_pipelines.core.notifications.store import SQL
from dataviz_pipelines.core.settings import DAGSTER_PATH
from dataviz_pipelines.core.sql import execute

_PERMISSIONS: Final = ["*", "pipelines:operate"]
_OVERDUE: Final = "jobs:overdue"
_NAMED: Final = 5


def alert_run_failed(connection: Connection, name: str, run_id: str) -> None:
    """`name` is the job's, with the partition if it has one."""
    title, message = f"A run of {name} failed", f"The run {run_id} of {name} failed."
    url = _run(run_id)
    _alert(connection, Notice("run_failed", title, message, url, Severity.ERROR, f"run:{name}"))


def alert_run_succeeded(connection: Connection, name: str, run_id: str) -> None:
    title, message = f"{name} runs again", f"The run {run_id} of {name} succeeded."
    _recover(connection, Notice("run_recovered", title, message, _run(run_id), key=f"run:{name}"))


def alert_check_failed(
    connection: Connection,
    asset: str,
    check: str,
    *,
    run_id: str | None,
    severity: Severity,
    found: str | None = None,
) -> None:
    """`asset` is its path with slashes, `check` has the partition if it has one, `found` is what the check says."""
    title = f"The check {check} of {asset} failed"
    said = f": {found}" if found else ""
    message = f"What was loaded into {asset} does not pass the check {check}{said}."
    key, url = _check_key(asset, check), _place(asset, run_id)
    _alert(connection, Notice("check_failed", title, message, url, severity, key))


def alert_check_passed(
    connection: Connection, asset: str, check: str, *, run_id: str | None
) -> None:
    title = f"The check {check} of {asset} passes again"
    key, url = _check_key(asset, check), _place(asset, run_id)
    _recover(connection, Notice("check_recovered", title, f"{title}.", url, key=key))


def alert_stale(connection: Connection, asset: str, *, severity: Severity) -> None:
    title = f"{asset} is not fresh"
    message = f"{asset} was not loaded as often as its freshness policy asks."
    key, url = f"fresh:{asset}", _place(asset, None)
    _alert(connection, Notice("asset_stale", title, message, url, severity, key))


def alert_fresh(connection: Connection, asset: str) -> None:
    title, url = f"{asset} is fresh again", _place(asset, None)
    _recover(connection, Notice("asset_fresh", title, f"{title}.", url, key=f"fresh:{asset}"))


def alert_jobs_wait(connection: Connection, names: Sequence[str]) -> None:
    """`names` are those of jobs whose runs should have begun, or ended, long ago."""
    title = "Jobs are not run when they should"
    listed = ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")
    message = (
        f"Their runs wait too long or go on past their time: {listed}. Look what runs in Dagster."
    )
    url = f"{DAGSTER_PATH}/runs"
    _alert(connection, Notice("jobs_overdue", title, message, url, Severity.WARNING, _OVERDUE))


def alert_jobs_go_on(connection: Connection) -> None:
    title, url = "Jobs are run again when they should", f"{DAGSTER_PATH}/runs"
    _recover(connection, Notice("jobs_on_time", title, f"{title}.", url, key=_OVERDUE))


def _alert(connection: Connection, notice: Notice) -> None:
    people = execute(connection, SQL["alerted_people"], {"permissions": _PERMISSIONS}).fetchall()
    found = execute(connection, SQL["alerted_channels"], {}).fetchall()
    channels = [NotificationChannel(kind=kind, target=channel_id) for kind, channel_id in found]
    notify(connection, notice, [user_id for (user_id,) in people], [MAIL, *channels])


def _recover(connection: Connection, notice: Notice) -> None:
    _alert(connection, replace(notice, recovers=True))


def _check_key(asset: str, check: str) -> str:
    return f"check:{asset}:{check}"


def _run(run_id: str) -> str:
    return f"{DAGSTER_PATH}/runs/{run_id}"


def _place(asset: str, run_id: str | None) -> str:
    return f"{DAGSTER_PATH}/assets/{asset}" if run_id is None else _run(run_id)
