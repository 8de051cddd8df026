"""A file's rows in their staging table, `s`, and the table they are for, `t`, as parts of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dataviz_pipelines.core.ingestion.destinations.bigquery.staging_file import (
    ROW,
    TAKEN,
    staged_name,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import (
    Table,
    identifier,
    literal,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.table import Target
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType


@dataclass(frozen=True)
class StagedRows:
    staging: Table
    target: Target
    rules: Sequence[ColumnRule]
    upload_id: UUID
    upload_id_column: str | None = None

    @property
    def names(self) -> list[str]:
        return [rule.name for rule in self.rules]

    @property
    def good(self) -> str:
        """Those that nothing has taken out."""
        return f"(SELECT * FROM {self.staging.quoted} WHERE {TAKEN} IS NULL)"

    @property
    def named(self) -> str:
        """Those whose keys the file names, also if the table is in the way of the row itself."""
        return f"(SELECT * FROM {self.staging.quoted} WHERE {TAKEN} IS NULL OR {TAKEN} = 'table')"

    @property
    def written(self) -> str:
        """Columns that are filled, in the order of `values`."""
        own = [] if self.upload_id_column is None else [self.upload_id_column]
        return ", ".join(self._known(name) for name in (*self.names, *own))

    @property
    def values(self) -> str:
        own = [] if self.upload_id_column is None else [literal(self.upload_id)]
        return ", ".join([*(self.new(name) for name in self.names), *own])

    def assignments(self, *, but: Sequence[str]) -> str:
        parts = [
            f"{self._known(name)} = {self.new(name)}" for name in self.names if name not in but
        ]
        if self.upload_id_column is not None:
            parts.append(f"{self._known(self.upload_id_column)} = {literal(self.upload_id)}")
        return ", ".join(parts)

    def staged(self, name: str, alias: str = "s") -> str:
        return f"{alias}.{staged_name(self.names.index(name))}"

    def new(self, name: str) -> str:
        """A value as the table gets it."""
        value = self.staged(name)
        return f"PARSE_JSON({value})" if self._is_document(name) else value

    def old(self, name: str) -> str:
        """A value as the table has it; of a column that is yet to be added, NULL."""
        return "NULL" if name in self.target.absent else f"t.{self._known(name)}"

    def same(self, names: Sequence[str], alias: str = "s") -> str:
        return " AND ".join(f"{self.old(name)} = {self.staged(name, alias)}" for name in names)

    def differs(self, names: Sequence[str]) -> str:
        """Documents have no equality, but the texts of their values have."""
        return " OR ".join(
            f"{self._compared(name, self.old(name))} IS DISTINCT FROM {self._compared(name, self.new(name))}"
            for name in names
        )

    def old_text(self, name: str) -> str:
        return self._text(name, self.old(name))

    def new_text(self, name: str) -> str:
        return self._text(name, self.new(name))

    def shown(self, names: Sequence[str]) -> str:
        """What a person is told of a row; none of the values is NULL."""
        texts = [f"CAST({self.staged(name)} AS STRING)" for name in names]
        between = ", ', ', "
        return f"CONCAT({between.join(texts)})"

    def partitioned(self, names: Sequence[str]) -> str:
        """Windows are not partitioned by floats, but by their texts; both zeros have the same."""
        return ", ".join(
            f"CAST({self.staged(name)} + 0 AS STRING)"
            if self.rules[self.names.index(name)].type is ColumnType.FLOAT
            else self.staged(name)
            for name in names
        )

    def filled(self, names: Sequence[str]) -> str:
        return " AND ".join(f"{self.staged(name)} IS NOT NULL" for name in names)

    @property
    def position(self) -> str:
        return f"s.{ROW}"

    def _known(self, name: str) -> str:
        return identifier(self.target.column(name).name)

    def _is_document(self, name: str) -> bool:
        return self.target.column(name).data_type == "JSON"

    def _compared(self, name: str, value: str) -> str:
        is_text = self._is_document(name) and value != "NULL"
        return f"TO_JSON_STRING({value})" if is_text else value

    def _text(self, name: str, value: str) -> str:
        if self._is_document(name) and value != "NULL":
            return f"IF({value} IS NULL, NULL, TO_JSON_STRING({value}))"
        return f"CAST({value} AS STRING)"
