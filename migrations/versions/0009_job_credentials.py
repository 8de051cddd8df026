"""What jobs log in with elsewhere."""

from migrations import statements

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    statements.run("0009_job_credentials")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
