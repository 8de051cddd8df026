"""Loading into BigQuery.

Rows are written to a Parquet file, which one load job puts into a staging table; queries there take out what is repeated,
present or not listed. One multi-statement transaction then moves the rows into the table and sets the mark of the upload,
so that readers see all of a file or nothing of it.
"""
