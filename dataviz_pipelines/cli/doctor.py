"""`dataviz doctor`."""

from dataclasses import asdict

import typer
from rich.markup import escape
from rich.table import Table

from dataviz_pipelines.cli.options import HomeOption, JsonOption, load_settings
from dataviz_pipelines.cli.output import print_json, results
from dataviz_pipelines.local.doctor import examine
from dataviz_pipelines.local.findings import Finding, Level

commands = typer.Typer()

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


@commands.command()
def doctor(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """Look for what is wrong and say how to repair it. Exit code 1 when something is."""
    findings = examine(load_settings(home))
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        results.print(_table(findings))
    failed = any(finding.level is Level.FAIL for finding in findings)
    raise typer.Exit(1 if failed else 0)


def _table(findings: list[Finding]) -> Table:
    table = Table("check", "result", "what was found, and what to do")
    for finding in findings:
        text = " ".join(filter(None, (finding.message, finding.remedy)))
        colour = _COLOURS[finding.level]
        table.add_row(finding.check, f"[{colour}]{finding.level}[/]", escape(text))
    return table
