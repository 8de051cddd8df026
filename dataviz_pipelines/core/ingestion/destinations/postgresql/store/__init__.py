"""Every statement that loading into PostgreSQL runs. Identifiers are quoted by psycopg, values are bound."""
