"""Loading into the platform's own PostgreSQL.

The fast way is COPY straight into the table. A template that asks what only the database can answer (is this unique, is
that in a table, insert or update) goes through a temporary table first. Either way it is one transaction: a reader sees
all of a file or nothing of it, and a replaced table is never empty.
"""
