"""What one query reads of what stands in its FROM, scope by scope: a scope is a SELECT with the names that it sees."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from dataviz_pipelines.core.lineage.outline import Draft, Levels, Mention

Source = int | Scope
"""A table by its place in the draft, or the query that stands in its place."""


class Reader:
    """Fills a draft from scopes. The innermost come first, as sqlglot gives them."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.columns: set[int] = set()
        self.places: dict[int, int] = {}

    def read(self, scope: Scope) -> None:
        sources = [source for _, source in self._sources(scope)]
        for column in scope.find_all(exp.Column):
            self.columns.add(id(column))
            if isinstance(column.this, exp.Star):
                self._star(self._named(scope, column.table), column)
            else:
                self._column(scope, [part.name for part in column.parts])
        for star in scope.find_all(exp.Star):
            if not isinstance(star.parent, exp.Column):
                self._star(sources, star)
        for join in scope.find_all(exp.Join):
            self._join(sources, join)

    def place(self, table: exp.Table) -> int:
        if id(table) not in self.places:
            self.places[id(table)] = len(self.draft.tables)
            self.draft.tables.append(tuple(part.name for part in table.parts))
        return self.places[id(table)]

    def _column(self, scope: Scope, parts: list[str]) -> None:
        """`parts` go from a schema or table to a column, and on into its fields. Which is which, the names tell."""
        for position, part in enumerate(parts[:-1]):
            found = self._named(scope, part)
            if found:
                self._mention(parts[position + 1], (self._giving(found, parts[position + 1]),))
                return
        self._mention(parts[0], self._levels(scope, parts[0]))
        if len(parts) == 1:
            whole_rows = self._named(scope, parts[0])
            self.draft.stars.update(place for place in whole_rows if isinstance(place, int))

    def _mention(self, name: str, levels: Levels) -> None:
        meant = tuple(level for level in levels if level)
        if meant:
            self.draft.mentions.add(Mention(name, meant))

    def _star(self, sources: list[Source], star: exp.Expr) -> None:
        if not isinstance(star.parent, exp.Func | exp.Anonymous) and not _is_test(star):
            self.draft.stars.update(source for source in sources if isinstance(source, int))

    def _join(self, sources: list[Source], join: exp.Join) -> None:
        for name in join.args.get("using") or ():
            for place in self._giving(sources, name.name):
                self._mention(name.name, ((place,),))
        if join.method == "NATURAL":
            self.draft.stars.update(source for source in sources if isinstance(source, int))

    def _levels(self, scope: Scope | None, name: str) -> Levels:
        """From the scope outwards, up to the first query that gives the name itself."""
        levels = []
        while scope is not None:
            sources = [source for _, source in self._sources(scope)]
            if any(isinstance(each, Scope) and name in _names(each) for each in sources):
                break
            levels.append(self._giving(sources, name))
            scope = scope.parent
        return tuple(levels)

    def _giving(self, sources: list[Source], name: str) -> tuple[int, ...]:
        """The tables that the column can come from: those named, and those of which a query hands on all columns."""
        places: list[int] = []
        for source in sources:
            if isinstance(source, int):
                places.append(source)
            elif name not in _names(source):
                places.extend(self._handed_on(source, set()))
        return tuple(dict.fromkeys(places))

    def _handed_on(self, scope: Scope, seen: set[int]) -> Iterator[int]:
        if id(scope) in seen:
            return
        seen.add(id(scope))
        for inner in scope.set_operation_scopes or _inside_lateral(scope):
            yield from self._handed_on(inner, seen)
        for source in self._starred(scope):
            if isinstance(source, int):
                yield source
            else:
                yield from self._handed_on(source, seen)

    def _starred(self, scope: Scope) -> Iterator[Source]:
        if not isinstance(scope.expression, exp.Select):
            return
        for projection in scope.expression.expressions:
            if isinstance(projection, exp.Star):
                yield from (source for _, source in self._sources(scope))
            elif isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
                yield from self._named(scope, projection.table)

    def _named(self, scope: Scope | None, name: str) -> list[Source]:
        while scope is not None:
            found = [source for alias, source in self._sources(scope) if alias == name]
            if found:
                return found
            scope = scope.parent
        return []

    def _sources(self, scope: Scope) -> Iterator[tuple[str, Source]]:
        for name, node in scope.references:
            source = scope.sources.get(name)
            if isinstance(source, Scope) and not (isinstance(node, exp.Table) and node.db):
                yield name, source
            elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
                yield name, self.place(node)


def _names(scope: Scope) -> set[str]:
    """What a query calls its columns, where it says so."""
    expression = scope.expression
    if isinstance(expression, exp.UDTF):
        return {expression.alias, *expression.alias_column_names}
    named = expression.named_selects if isinstance(expression, exp.Query) else []
    return {*named, *scope.outer_columns} - {"*"}


def _inside_lateral(scope: Scope) -> list[Scope]:
    return scope.subquery_scopes if isinstance(scope.expression, exp.Lateral) else []


def _is_test(star: exp.Expr) -> bool:
    """`EXISTS (SELECT * …)` reads no column."""
    query = star.find_ancestor(exp.Query)
    return query is not None and isinstance(query.parent, exp.Exists)
