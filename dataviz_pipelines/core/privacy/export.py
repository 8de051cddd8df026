"""Everything the platform knows of a person, as one archive that they can open."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.audit import note
from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.privacy import store
from dataviz_pipelines.core.privacy.columns import tables
from dataviz_pipelines.core.privacy.errors import FileExistsAlreadyError
from dataviz_pipelines.core.privacy.files import write_rows
from dataviz_pipelines.core.privacy.person import Person, find_person
from dataviz_pipelines.core.security.caller import Origin

_README: Final = """\
Data of {email}
Exported at {moment} from DataViz Pipelines. The person's id is {id}.

There is a .json and a .csv file for each table with rows that are the person's, that they made or changed, or that name
them. Passwords and keys are kept as hashes only and are not in here. From where others worked is left out.
In the .csv files a text that a spreadsheet would run begins with an apostrophe.

Rows that others wrote may say something about those others: look through them before you hand this on.
What uploaded files contain is not searched for the person; neither are copies of the database, nor logs.

{tables}
"""


@dataclass(frozen=True)
class Export:
    """`rows` by table, of tables that have some."""

    user_id: UUID
    email: str
    rows: Mapping[str, int]


def export_person(engine: Engine, who: str, target: Path, *, clock: Clock = utc_now) -> Export:
    """Writes a zip archive that its owner alone can read, from one snapshot of the database, and notes that in the audit.
    Raises PersonNotFoundError, FileExistsAlreadyError."""
    if target.exists():
        raise FileExistsAlreadyError(f"{target} exists already.", remedy="Name another file.")
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.begin() as connection, _new_archive(target) as (archive, folder):
        person = find_person(connection, who)
        rows = _write_tables(connection, person, archive, folder)
        archive.writestr("README.txt", _readme(person, rows, clock()))
        note(
            connection,
            "export",
            user_id=None,
            resource_type="users",
            resource_id=person.id,
            origin=Origin(),
        )
    return Export(person.id, person.email, rows)


@contextmanager
def _new_archive(target: Path) -> Iterator[tuple[ZipFile, Path]]:
    """With a folder beside it for what goes into it. The archive takes its place when it is complete."""
    with TemporaryDirectory(prefix=".export-", dir=target.parent) as name:
        folder = Path(name)
        made = folder / "archive.zip"
        made.touch(mode=0o600)
        with ZipFile(made, "w", ZIP_DEFLATED) as archive:
            yield archive, folder
        made.replace(target)


def _write_tables(
    connection: Connection, person: Person, archive: ZipFile, folder: Path
) -> dict[str, int]:
    rows: dict[str, int] = {}
    for table in tables():
        files = [folder / f"{table.name}.{suffix}" for suffix in ("json", "csv")]
        count = write_rows(store.rows_of(connection, table, person), *files)
        for file in files:
            if count:
                archive.write(file, file.name)
            file.unlink()
        rows |= {table.name: count} if count else {}
    return rows


def _readme(person: Person, rows: Mapping[str, int], moment: datetime) -> str:
    lines = [f"{table}: {count} rows" for table, count in rows.items()]
    return _README.format(
        email=person.email,
        moment=moment.isoformat(timespec="seconds"),
        id=person.id,
        tables="\n".join(lines),
    )
