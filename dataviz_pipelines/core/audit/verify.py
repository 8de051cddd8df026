"""Verifying the audit: every seal follows from the one before, and every row is what its seal says."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Row

from dataviz_pipelines.core.audit.report import AuditReport, Head, Problem, ProblemKind
from dataviz_pipelines.core.audit.sealing import seal
from dataviz_pipelines.core.models.logs import SealKind
from dataviz_pipelines.core.sql import blocks

ENTRY_BYTES: Final = 48
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_START: Final = Head(0, bytes(32).hex())
_SQL = blocks("dataviz_pipelines.core.audit", "audit.sql")


class _Seal(NamedTuple):
    """`sealed_at` is None for a time that is none."""

    sequence: int
    kind: str
    sealed_at: datetime | None
    row_count: int
    entries: bytes
    previous_hash: bytes
    hash: bytes


def verify_audit(engine: Engine, *, noted: Head | None = None) -> AuditReport:
    """Seals what waits, then looks at everything in one snapshot. `noted` is an earlier end of the chain, which must still
    be part of it. Reads a few seals at a time; PostgreSQL compares the rows."""
    with engine.begin() as connection:
        seal(connection)
    report = AuditReport()
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.begin() as connection:
        report.add(_broken_links(connection, report, noted))
        report.add(_differences(connection, report))
    return report


def _broken_links(
    connection: Connection, report: AuditReport, noted: Head | None
) -> Iterator[Problem]:
    before = _START
    for link in map(_Seal._make, _streamed(connection, "seals")):
        yield from _missing(before.sequence + 1, link.sequence)
        if _is_broken(link, before) or (noted is not None and _contradicts(link, noted)):
            yield Problem(ProblemKind.SEAL_BROKEN, at=link.sealed_at, sequence=link.sequence)
        before = Head(link.sequence, link.hash.hex())
        _count(report, link)
    if before != _START:
        report.head = before
    if noted is not None:
        yield from _missing(before.sequence + 1, noted.sequence + 1)


def _is_broken(link: _Seal, before: Head) -> bool:
    return (
        link.previous_hash.hex() != before.hash
        or link.hash != _hash(link)
        or len(link.entries) != link.row_count * ENTRY_BYTES
    )


def _hash(link: _Seal) -> bytes | None:
    if link.sealed_at is None:
        return None
    microseconds = (link.sealed_at - _EPOCH) // timedelta(microseconds=1)
    return hashlib.sha256(
        link.previous_hash
        + link.sequence.to_bytes(8, "big", signed=True)
        + microseconds.to_bytes(8, "big", signed=True)
        + link.kind.encode()
        + link.entries
    ).digest()


def _contradicts(link: _Seal, noted: Head) -> bool:
    return link.sequence == noted.sequence and link.hash.hex() != noted.hash


def _missing(first: int, end: int) -> Iterator[Problem]:
    """One problem for all that are missing in a row, of which it names the first."""
    if first < end:
        yield Problem(ProblemKind.SEAL_MISSING, sequence=first)


def _count(report: AuditReport, link: _Seal) -> None:
    report.seals += 1
    if link.kind == SealKind.ERASURE:
        report.erased_rows += link.row_count
    else:
        report.rows += link.row_count


def _differences(connection: Connection, report: AuditReport) -> Iterator[Problem]:
    for row in _streamed(connection, "differences"):
        if row.kind == "waiting":
            report.waiting += 1
        else:
            yield Problem(ProblemKind(row.kind), row.id, row.at, row.sequence)


def _streamed(connection: Connection, block: str) -> Iterator[Row[Any]]:
    options = {"stream_results": True, "yield_per": 20}
    return iter(connection.exec_driver_sql(_SQL[block], execution_options=options))
