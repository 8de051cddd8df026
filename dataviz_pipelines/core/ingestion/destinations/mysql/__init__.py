"""Loading into a data source that is MySQL or MariaDB.

Rows go by LOAD DATA LOCAL from memory straight into the table, or first into a temporary one where only the database can
answer. Whatever way, they commit in one transaction with the upload's mark. What changes a table's shape commits at once in
MySQL, so it comes before, and is taken back when the load fails.
"""
