"""What the analytics rollups are written to."""

from migrations import statements

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    statements.run("0007_rollups")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
