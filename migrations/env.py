"""What Alembic runs: on the connection that `core.schema` hands over, inside its transaction and under its lock."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    message = "Migrations run through `dataviz setup --schema`, which takes the lock and sets up the roles."
    raise SystemExit(message)
context.configure(connection=connection, transactional_ddl=True, version_table_schema="public")
context.run_migrations()
