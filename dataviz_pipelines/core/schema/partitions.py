"""Monthly partitions, made ahead so that an insert never waits for one."""

from datetime import date, datetime

from sqlalchemy import Connection

from dataviz_pipelines.core.schema import store

MONTHS_AHEAD = 3
PARTITIONED = ("audit_logs", "dashboard_analytics", "query_execution_logs")


def create_partitions(connection: Connection, *, at: datetime) -> list[str]:
    """Of the month of `at` and the next three. The application's role may call this too."""
    return store.create_partitions(connection, *window(at))


def window(at: datetime) -> tuple[date, date]:
    """First days of the first and the last month that must have a partition."""
    return at.date().replace(day=1), month_after(at.date(), months=MONTHS_AHEAD)


def expected_partitions(at: datetime) -> set[tuple[str, str]]:
    """Parent and child. The default partition catches what no month does, so that no event is ever refused."""
    first, _ = window(at)
    months = [month_after(first, months=ahead) for ahead in range(MONTHS_AHEAD + 1)]
    return {
        (parent, f"{parent}_{suffix}")
        for parent in PARTITIONED
        for suffix in ("default", *(month.strftime("%Y_%m") for month in months))
    }


def month_after(day: date, *, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)
