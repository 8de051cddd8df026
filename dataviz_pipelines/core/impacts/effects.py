"""What a change does to a query that reads the table, and to a template that writes it."""

from collections.abc import Collection

from dataviz_pipelines.core.impacts.things import Change
from dataviz_pipelines.core.lineage.references import Reference
from dataviz_pipelines.core.models.metadata import ChangeType, Effect

_WHOLE = {ChangeType.TABLE_REMOVED, ChangeType.ACCESS_CHANGED}


def effect_on_reader(change: Change, reference: Reference) -> Effect | None:
    """None: the change does not concern what is read. A query of all columns goes on without one, and whoever reads its
    result may miss it."""
    if not change.is_breaking:
        return None
    if change.type in _WHOLE:
        return Effect.BREAKS if reference.is_certain else Effect.MAY_BREAK
    if change.type is ChangeType.COLUMN_REMOVED and change.column_name in reference.columns:
        return Effect.BREAKS
    read = reference.columns | reference.perhaps
    if reference.reads_all or not read.isdisjoint(_columns(change)):
        return Effect.MAY_BREAK
    return None


def effect_on_writer(
    change: Change, columns: Collection[str], *, can_add_columns: bool
) -> Effect | None:
    """On what loads `columns` into the table, and makes the table when it is absent."""
    is_written = change.column_name in columns
    match change.type:
        case ChangeType.COLUMN_REMOVED if is_written:
            return Effect.MAY_BREAK if can_add_columns else Effect.BREAKS
        case ChangeType.COLUMN_ADDED if change.is_demanded and not is_written:
            return Effect.BREAKS
        case ChangeType.COLUMN_RETYPED | ChangeType.COLUMN_NULLABILITY if is_written:
            return Effect.MAY_BREAK
        case ChangeType.TABLE_REMOVED | ChangeType.KEY_CHANGED:
            return Effect.MAY_BREAK
        case ChangeType.ACCESS_CHANGED if change.is_breaking:
            return Effect.MAY_BREAK
    return None


def effect_on_lookup(change: Change, column: str) -> Effect | None:
    """On a template that takes only values which are in the column."""
    if change.type in _WHOLE and change.is_breaking:
        return Effect.BREAKS
    if change.column_name != column or not change.is_breaking:
        return None
    return Effect.BREAKS if change.type is ChangeType.COLUMN_REMOVED else Effect.MAY_BREAK


def _columns(change: Change) -> set[str]:
    """Those that the change is about: the column itself, or those of the key that is another now."""
    if change.column_name is not None:
        return {change.column_name}
    return set((change.before or {}).get("primary_key") or ())
