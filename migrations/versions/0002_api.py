"""What the API needs: who the caller is, the audit, versions, and the tables of its requests."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).parents[1] / "sql" / "0002_api"


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for file in sorted(SQL.glob("*.sql")):
        connection.exec_driver_sql(file.read_text(encoding="utf-8"))


def downgrade() -> None:
    message = "The audit cannot be undone; restore a backup instead."
    raise NotImplementedError(message)
