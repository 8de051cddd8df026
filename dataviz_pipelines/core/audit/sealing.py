"""Sealing: what has been written becomes a link of the chain, so that nobody can change it unseen."""

from sqlalchemy import Connection

from dataviz_pipelines.core.audit.report import Head
from dataviz_pipelines.core.sql import blocks

_SQL = blocks("dataviz_pipelines.core.audit", "audit.sql")


def seal(connection: Connection) -> int:
    """How many rows were sealed: all that had been committed and were in no seal. Two sealers wait for each other; who
    writes to the audit waits for nobody."""
    return int(connection.exec_driver_sql(_SQL["seal"]).scalar_one())


def head(connection: Connection) -> Head | None:
    """The end of the chain; None when nothing was ever sealed."""
    row = connection.exec_driver_sql(_SQL["head"]).first()
    return None if row is None else Head(row.sequence, row.hash.hex())
