"""What the API needs: who the caller is, the audit, versions, and the tables of its requests."""

from migrations import statements

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    statements.run("0002_api")


def downgrade() -> None:
    message = "The audit cannot be undone; restore a backup instead."
    raise NotImplementedError(message)
