"""What statements that change something read and write, beside the queries inside them."""

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dataviz_pipelines.core.lineage.outline import Mention
from dataviz_pipelines.core.lineage.scopes import Reader


def scopes_of(tree: exp.Expr) -> list[Scope]:
    """The scopes of a query, or of all queries within another statement."""
    if isinstance(tree, exp.Query):
        return traverse_scope(tree)
    queries = [query for query in tree.find_all(exp.Query) if not query.find_ancestor(exp.Query)]
    return [scope for query in queries for scope in traverse_scope(query)]


def read_change(tree: exp.Expr, reader: Reader) -> None:
    """Tables and columns that stand in no query, such as those of an UPDATE. A name without a table can be of each."""
    within = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = [
        table
        for table in tree.find_all(exp.Table)
        if id(table) not in reader.places and not (table.name in within and not table.db)
    ]
    names = {table.alias_or_name: reader.place(table) for table in tables}
    for column in tree.find_all(exp.Column):
        if id(column) not in reader.columns and names:
            places = (names[column.table],) if column.table in names else tuple(names.values())
            reader.draft.mentions.add(Mention(column.name, (places,)))
    _read_target(tree, reader)


def _read_target(tree: exp.Expr, reader: Reader) -> None:
    """An INSERT names the columns that it fills, or fills all of them in their order."""
    if not isinstance(tree, exp.Insert):
        return
    target = tree.this
    if isinstance(target, exp.Schema) and isinstance(target.this, exp.Table):
        place = reader.place(target.this)
        names = [each.name for each in target.expressions]
        reader.draft.mentions.update(Mention(name, ((place,),)) for name in names)
    elif isinstance(target, exp.Table):
        reader.draft.stars.add(reader.place(target))
