"""`dataviz audit`: whether what was noted is still what was noted."""

from typing import Annotated

import typer

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.audit import AuditReport, verify_audit
from dataviz_pipelines.core.audit.report import Head, Problem

commands = typer.Typer()
audit = typer.Typer(no_args_is_help=True, help="Who did what, sealed so that nobody can change it.")
commands.add_typer(audit, name="audit")


@audit.callback()
def _group() -> None:
    """A group also while it has one command."""


@audit.command()
def verify(
    *,
    head: Annotated[
        str | None,
        typer.Option("--head", help="An earlier end of the chain, which must be part of it still."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Compare every audited row with its seal, and every seal with the one before; 1 on problems."""
    noted = None if head is None else Head.parse(head)
    with installation(home) as (_, engine):
        report = verify_audit(engine, noted=noted)
    if json:
        print_json(_document(report))
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else 1)


def _document(report: AuditReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "seals": report.seals,
        "rows": report.rows,
        "erased_rows": report.erased_rows,
        "waiting": report.waiting,
        "head": None if report.head is None else str(report.head),
        "counts": report.counts,
        "problems": [
            {
                "kind": problem.kind,
                "id": problem.id,
                "at": None if problem.at is None else problem.at.isoformat(),
                "sequence": problem.sequence,
            }
            for problem in report.problems
        ],
    }


def _print(report: AuditReport) -> None:
    for problem in report.problems:
        errors.print(_said(problem), markup=False, highlight=False)
    if not report.ok:
        counts = ", ".join(f"{kind.value} {count:,}" for kind, count in report.counts.items())
        errors.print(f"The audit is not what was sealed: {counts}.", highlight=False)
        return
    said = f"The audit is whole: {report.rows:,} rows in {report.seals:,} seals"
    if report.erased_rows:
        said += f", {report.erased_rows:,} of them rewritten when people were erased"
    results.print(f"{said}.\nHead of the chain: {report.head}", highlight=False, soft_wrap=True)


def _said(problem: Problem) -> str:
    thing = f"row {problem.id}" if problem.id else f"seal {problem.sequence}"
    when = "" if problem.at is None else f" of {problem.at.isoformat()}"
    return f"{problem.kind.value}: {thing}{when}"
