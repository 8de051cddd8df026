"""The REST API against the database's own limit, with the same SQL."""

USERS = 500
DASHBOARDS_EACH = 20
TOKEN = "dvs_benchmark_{}"  # noqa: S105  # of people who exist in the benchmark alone
