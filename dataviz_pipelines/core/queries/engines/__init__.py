"""How a query is run, stopped and judged by each kind of database."""
