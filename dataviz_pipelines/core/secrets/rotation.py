"""Rotation: a new key, everything sealed anew, the old key taken away once nothing uses it.

It can be killed at any moment and repeated: a rotation that finds more than one key finishes what another one began.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.secrets import store
from dataviz_pipelines.core.secrets.keys import Keyring, KeySource
from dataviz_pipelines.core.secrets.store import SEALED, SealedColumn
from dataviz_pipelines.core.secrets.vault import Vault, encrypt, first_key

BATCH: Final = 100


@dataclass(frozen=True)
class Rotation:
    """`removed` are keys that are gone; `unused` those that a person may take out of DATAVIZ_SECRET_KEYS. `failed` are
    secrets that could not be opened; their keys are kept."""

    key_id: str
    resealed: int
    removed: tuple[str, ...]
    unused: tuple[str, ...]
    failed: tuple[str, ...]


def rotate_keys(engine: Engine, source: KeySource) -> Rotation:
    with engine.begin() as turn:
        store.wait_for_turn(turn)
        ring = _with_new_key(turn, source)
        run = _Run(engine, source, ring)
        used = run.pass_over()
        if not used <= {ring.current.id}:
            used = (
                run.pass_over()
            )  # what was sealed with an old key while the new one came is committed by now
    old = tuple(key.id for key in ring.keys[1:] if key.id not in used)
    return Rotation(
        key_id=ring.current.id,
        resealed=run.resealed,
        removed=old if source.adds else (),
        unused=() if source.adds else old,
        failed=tuple(run.failed),
    )


def _with_new_key(connection: Connection, source: KeySource) -> Keyring:
    ring = source.read()
    if ring is None:
        return first_key(connection, source)
    is_unfinished = len(ring.keys) > 1
    return ring if is_unfinished else source.add(first=False)


class _Run:
    """One rotation. Every batch commits alone."""

    def __init__(self, engine: Engine, source: KeySource, ring: Keyring) -> None:
        self._engine = engine
        self._source = source
        self._ring = ring
        self._vault = Vault(source)
        self.resealed = 0
        self.failed: list[str] = []

    def pass_over(self) -> set[str]:
        """The ids of the keys that are still used."""
        self.failed = []
        for column in SEALED:
            after: UUID | None = None
            while (last := self._reseal_batch(column, after)) is not None:
                after = last
        return self._retire()

    def _reseal_batch(self, column: SealedColumn, after: UUID | None) -> UUID | None:
        """The last row's id; None: there was none."""
        with self._engine.begin() as connection:
            rows = store.sealed_otherwise(
                connection, column, key_id=self._ring.current.id, after=after, limit=BATCH
            )
            for row_id, document in rows:
                self._reseal(connection, column, row_id, document)
        return rows[-1][0] if rows else None

    def _reseal(
        self, connection: Connection, column: SealedColumn, row_id: UUID, document: Any
    ) -> None:
        place = column.place(row_id)
        try:
            plain = self._vault.open(document, column, row_id)
        except DatavizError:
            self.failed.append(place)
            return
        store.replace(connection, column, row_id, encrypt(plain, self._ring.current, place))
        self.resealed += 1

    def _retire(self) -> set[str]:
        """Takes away the keys that nothing uses, while nothing can be sealed."""
        with self._engine.begin() as connection:
            store.stop_sealing(connection)
            used = store.used_keys(connection)
            for key in self._ring.keys[1:]:
                if key.id not in used:
                    self._source.remove(key)
        return used
