"""What old runs of jobs said can be found, and be emptied without having their hours counted anew."""

from migrations import statements

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    statements.run("0012_log_retention")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
