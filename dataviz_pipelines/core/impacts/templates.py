"""Upload templates: the table that each fills, and those in which it looks values up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from dataviz_pipelines.core.impacts.effects import effect_on_lookup, effect_on_writer
from dataviz_pipelines.core.impacts.things import Change, Impact, Thing, worst
from dataviz_pipelines.core.models.documents.uploads import Contract
from dataviz_pipelines.core.models.metadata import Effect

_PERHAPS = "That is, if this data source is the database that uploads are loaded into."


@dataclass(frozen=True)
class Lookup:
    schema_name: str
    table_name: str
    column_name: str


@dataclass(frozen=True)
class Template:
    """`source_id` is the data source that it loads into, None for the platform's own database, which is called
    `database_name`. Without a schema its tables are looked for in all of them."""

    thing: Thing
    source_id: UUID | None
    database_name: str
    schema_name: str | None
    table_name: str
    columns: frozenset[str]
    contract: str
    lookups: tuple[Lookup, ...]

    def can_mean(self, change: Change) -> bool:
        """A data source that is the platform's own database can be known by its name only."""
        return self.source_id is not None or self.database_name == change.database_name


def impacts_on_templates(
    templates: Iterable[Template], changes: Sequence[Change]
) -> Iterator[Impact]:
    for template in templates:
        for change in changes:
            effect = _effect(template, change) if template.can_mean(change) else None
            if effect is not None:
                yield _impact(template, change, effect)


def _effect(template: Template, change: Change) -> Effect | None:
    found = [
        effect_on_lookup(change, lookup.column_name)
        for lookup in template.lookups
        if _is_table(change, lookup.schema_name, lookup.table_name)
    ]
    if _is_table(change, template.schema_name, template.table_name):
        evolves = template.contract == Contract.EVOLVE
        found.append(effect_on_writer(change, template.columns, can_add_columns=evolves))
    return worst(effect for effect in found if effect is not None)


def _is_table(change: Change, schema_name: str | None, table_name: str) -> bool:
    return change.table_name == table_name and schema_name in (None, change.schema_name)


def _impact(template: Template, change: Change, effect: Effect) -> Impact:
    if template.source_id is not None:
        return Impact(template.thing, effect, change.words, change.run_id, change)
    reason = f"{change.words} {_PERHAPS}"
    return Impact(template.thing, Effect.MAY_BREAK, reason, change.run_id, change)
