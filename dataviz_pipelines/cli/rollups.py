"""`dataviz rollups`: counts what the logs hold, by hour and by day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.rolling import Progress as OnProgress
from dataviz_pipelines.core.analytics.rolling import Rolled, roll_marked, roll_range
from dataviz_pipelines.core.models.rollups import Grain, RollupName

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M"]

commands = typer.Typer()
rollups = typer.Typer(no_args_is_help=True, help="What the logs hold, counted by hour and by day.")
commands.add_typer(rollups, name="rollups")


@rollups.callback()
def _group() -> None:
    """A group also while it has one command."""


def _time(names: str, text: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(names, formats=FORMATS, help=text)
    return found


@rollups.command()
def run(
    *,
    since: Annotated[datetime | None, _time("--from", "The first hour, in UTC.")] = None,
    until: Annotated[
        datetime | None, _time("--to", "The first hour that is too late. [default: now]")
    ] = None,
    hour: Annotated[datetime | None, _time("--hour", "One hour, in UTC.")] = None,
    day: Annotated[datetime | None, _time("--day", "One day, in UTC.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Count anew what has changed since it was counted or never was; or a range of time, whatever is known of it."""
    given = _range(since, until, hour, day)
    rolled = _rolled(home, given)
    if json:
        print_json(_document(rolled))
    else:
        results.print(_table(rolled))


def _range(
    since: datetime | None, until: datetime | None, hour: datetime | None, day: datetime | None
) -> Range | None:
    if sum(each is not None for each in (since, hour, day)) > 1 or (until and not since):
        raise typer.BadParameter("Give --from, perhaps with --to, or --hour or --day.")
    if hour is not None:
        return _from(hour, HOUR)
    if day is not None:
        return _from(day, DAY)
    if since is None:
        return None
    end = datetime.now(UTC) if until is None else until.replace(tzinfo=UTC)
    given = Range(since.replace(tzinfo=UTC), end)
    if given.starts_at >= given.ends_at:
        raise typer.BadParameter("--to must be later than --from.")
    return given


def _from(start: datetime, length: timedelta) -> Range:
    return Range(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)


def _rolled(home: Path | None, given: Range | None) -> Rolled:
    with installation(home) as (_, engine), _shown() as on_progress:
        if given is None:
            return roll_marked(engine, on_progress)
        return roll_range(engine, given, on_progress)


@contextmanager
def _shown() -> Iterator[OnProgress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True) as bars:
        tasks: dict[Grain, TaskID] = {}

        def on_progress(grain: Grain, done: int, total: int) -> None:
            if grain not in tasks:
                tasks[grain] = bars.add_task(f"{grain.value}s", total=total)
            bars.update(tasks[grain], completed=done)

        yield on_progress


def _document(rolled: Rolled) -> dict[str, object]:
    return {
        "rollups": [
            {
                "rollup": name.value,
                "hours": rolled.hours[name],
                "days": rolled.days[name],
                "rows": rolled.rows[name],
                "events": rolled.events[name],
            }
            for name in RollupName
        ]
    }


def _table(rolled: Rolled) -> Table | str:
    if not rolled.hours and not rolled.days:
        return "Everything is counted."
    table = Table("rollup", "hours", "days", "events", "rows")
    for name in RollupName:
        numbers = (rolled.hours, rolled.days, rolled.events, rolled.rows)
        table.add_row(name.value, *(f"{number[name]:,}" for number in numbers))
    return table
