"""What running queries needs."""

from migrations import statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    statements.run("0004_queries")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
