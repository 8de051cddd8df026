"""Where a running platform is found, as a table for a person."""

from rich.table import Table

from dataviz_pipelines.core.accounts.first_admin import FirstAdmin
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.record import UpRecord


def addresses(settings: Settings, record: UpRecord, first_admin: FirstAdmin | None) -> Table:
    table = Table(show_header=False, box=None)
    for name, value in (
        ("Page for people", record.api_url),
        ("API documentation", f"{record.api_url}/api/docs"),
        ("Dagster", record.dagster_url),
        ("Dagster on this machine", record.own_dagster_url),
        ("Files in Dagster", f"{record.dagster_url}/assets/uploads"),
        ("Inbox", f"{settings.inbox}/TEMPLATE/"),
        ("Rejected rows", f"{settings.rejects}/TEMPLATE/"),
        ("Logs", str(settings.logs)),
    ):
        table.add_row(f"[bold]{name}", value)
    if first_admin is not None:
        table.add_row("[bold]Log in as", first_admin.email)
        table.add_row("[bold]Password, shown once", f"[bold green]{first_admin.password}")
    return table
