"""`dataviz jobs`: work that is done at times."""

import time
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, Engine

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.health import store as health
from dataviz_pipelines.core.health.service import LATE_AFTER_S, SCHEDULER_SENSOR
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling import operating, store
from dataviz_pipelines.core.scheduling.by_hand import (
    add_job,
    parse_credentials,
    read_run,
    run_here,
)
from dataviz_pipelines.core.scheduling.credentials import enter_credentials
from dataviz_pipelines.core.scheduling.explaining import why as explain
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.secrets import Vault, key_source

LOOK_EVERY_S: Final = 0.5
_LIVE: Final = ("queued", "running")

commands = typer.Typer()
jobs = typer.Typer(no_args_is_help=True, help="Work that is done at times.")
commands.add_typer(jobs, name="jobs")

JobArgument = Annotated[str, typer.Argument(help="Its name or id.")]


@jobs.command()
def add(
    file: Annotated[typer.FileText, typer.Argument(help="The job as JSON; - reads it from stdin.")],
    *,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a job. docs/jobs.md has examples."""
    with installation(home) as (_, engine), engine.begin() as connection:
        job_id = add_job(connection, file.read(), RUNNERS, now=utc_now())
        made = operating.find_job(connection, str(job_id))
    if json:
        print_json({name: made[name] for name in ("id", "name", "job_type", "next_run_at")})
    else:
        results.print(f"{made['name']!r} is there. Next: {made['next_run_at']}.", markup=False)


@jobs.command()
def credentials(
    job: JobArgument,
    file: Annotated[
        typer.FileText, typer.Argument(help="The credentials as JSON; - reads them from stdin.")
    ],
    *,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Enter what it logs in with elsewhere, in place of what it had. It is sealed. docs/jobs.md has examples."""
    given = parse_credentials(file.read())
    with installation(home) as (settings, engine), engine.begin() as connection:
        found = operating.find_job(connection, job)
        vault = Vault(key_source(settings))
        enter_credentials(connection, found, given, runners=RUNNERS, vault=vault)
    if json:
        print_json({"id": found["id"], "name": found["name"]})
    else:
        results.print(f"The credentials of {found['name']!r} are kept.", markup=False)


@jobs.command("list")
def list_(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """All of them, by name, with their next run and how the last one ended."""
    with installation(home) as (_, engine), engine.connect() as connection:
        found = store.rows(connection, "list_jobs")
    if json:
        print_json(found)
        return
    table = Table("name", "type", "schedule", "active", "next run", "last run", "failures in a row")
    for each in found:
        table.add_row(
            escape(each["name"]),
            each["job_type"],
            f"{each['schedule_expression'] or ''} {each['timezone']}",
            "yes" if each["is_active"] else f"no {each['pause_reason'] or ''}",
            str(each["next_run_at"] or ""),
            each["status"] or "",
            str(each["consecutive_failures"]),
        )
    results.print(table)


@jobs.command()
def run(job: JobArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Run it now, and wait until that is done; 1 unless it succeeds. Without a running platform it runs in this process."""
    with installation(home) as (settings, engine):
        with engine.begin() as connection:
            found = operating.find_job(connection, job)
            run_id = operating.run_now(connection, found, RUNNERS)
            is_up = _scheduler_looks(connection)
        if is_up:
            _wait(engine, run_id)
        else:
            run_here(Scheduling(engine, settings, RUNNERS), run_id)
        with engine.begin() as connection:
            ended = read_run(connection, run_id)
    _show(ended, json=json)
    raise typer.Exit(0 if ended["status"] == "succeeded" else 1)


@jobs.command()
def why(
    job: JobArgument,
    *,
    days: Annotated[float, typer.Option("--days", min=0, help="How far to look back.")] = 7,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Why it ran at each of its times, or why it did not; the latest first."""
    now = utc_now()
    with installation(home) as (_, engine), engine.connect() as connection:
        found = operating.find_job(connection, job)
        told = explain(connection, found, now - timedelta(days=days), now, now=now)
    if json:
        print_json({**vars(told), "decisions": [vars(each) for each in told.decisions]})
        return
    results.print(told.summary, markup=False)
    table = Table("slot", "status", "why")
    for each in told.decisions:
        table.add_row(str(each.scheduled_for), each.status, escape(each.explanation))
    results.print(table)


@jobs.command()
def cancel(job: JobArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """End what runs of it, and what waits."""
    with installation(home) as (_, engine), engine.begin() as connection:
        found = operating.find_job(connection, job)
        count = operating.cancel_job(connection, found["id"], now=utc_now())
    if json:
        print_json({"id": found["id"], "name": found["name"], "cancelled": count})
    else:
        results.print(f"{count} runs of {found['name']!r} are cancelled.", markup=False)


@jobs.command()
def pause(job: JobArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Skip its slots until it is resumed."""
    _switch(job, home, json=json, on=False)


@jobs.command()
def resume(job: JobArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let it run again; its failures are counted from none."""
    _switch(job, home, json=json, on=True)


def _switch(job: str, home: HomeOption, *, json: bool, on: bool) -> None:
    with installation(home) as (_, engine), engine.begin() as connection:
        found = operating.find_job(connection, job)
        (operating.resume if on else operating.pause)(connection, found["id"])
    if json:
        print_json({"id": found["id"], "name": found["name"], "is_active": on})
    else:
        results.print(f"{found['name']!r} is {'active' if on else 'paused'}.", markup=False)


def _scheduler_looks(connection: Connection) -> bool:
    beat_at = health.last_beat(connection, SCHEDULER_SENSOR)
    return beat_at is not None and (utc_now() - beat_at).total_seconds() <= LATE_AFTER_S


def _wait(engine: Engine, run_id: UUID) -> None:
    with errors.status("queued") as shown:
        while True:
            with engine.begin() as connection:
                status = read_run(connection, run_id)["status"]
            if status not in _LIVE:
                return
            shown.update(status)
            time.sleep(LOOK_EVERY_S)


def _show(ended: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(ended)
        return
    took = "" if ended["duration_ms"] is None else f" in {ended['duration_ms']:,} ms"
    results.print(f"{ended['name']!r} {ended['status']}{took}.", markup=False, highlight=False)
    for text in (ended["output_log"], ended["error_log"]):
        if text:
            results.print(text.rstrip(), markup=False, highlight=False)
