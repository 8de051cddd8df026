"""What profiling finds in columns."""

from migrations import statements

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    statements.run("0008_profiles")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
