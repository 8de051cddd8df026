"""Rows that name others: what the names of a document mean here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.portable.errors import InvalidDocumentError
from dataviz_pipelines.core.portable.parts import Json, Parts, visible_rows
from dataviz_pipelines.core.security.caller import Caller


@dataclass
class Links:
    """`here` are ids here by ids in the document, for what one row of each collection is called; `refused` are ids of the
    document that have none."""

    connection: Connection
    caller: Caller
    parts: Parts
    here: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    refused: set[str] = field(default_factory=set)

    def query(self, row: Json, now: Json) -> tuple[Json, list[str]]:
        """A saved query as it is to be, and what there is to say about that. `now` is the row here, empty for a new one."""
        return {**row, "data_source_id": self._source(row, now)}, []

    def visualization(self, row: Json, now: Json) -> tuple[Json, list[str]]:
        asked = row["query_config"]
        current = now.get("query_config", {}).get("saved_query_id")
        query, said = self._follow(self.parts.saved_queries, asked["saved_query_id"], current)
        values = {
            **row,
            "data_source_id": self._source(row, now),
            "query_config": {**asked, "saved_query_id": query},
        }
        return values, said

    def dashboard(
        self, row: Json, now: Json, components: Mapping[str, str]
    ) -> tuple[Json, list[str]]:
        """`components` are ids here by ids in the document."""
        theme, said = self._follow(self.parts.themes, row["theme_id"], now.get("theme_id"))
        mobile = row["mobile_layout"]
        if mobile is not None:
            items = [
                {**each, "component_id": components.get(each["component_id"], each["component_id"])}
                for each in mobile["items"]
            ]
            mobile = {**mobile, "items": items}
        return {**row, "theme_id": theme, "mobile_layout": mobile}, said

    def component(self, row: Json, now: Json) -> tuple[Json, list[str]]:
        named, current = row["visualization_id"], now.get("visualization_id")
        shown, said = self._follow(self.parts.visualizations, named, current)
        return {**row, "visualization_id": shown}, said

    def _source(self, row: Json, now: Json) -> str | None:
        """Without its data source nothing can be drawn. Raises InvalidDocumentError."""
        named: str | None = row["data_source_id"]
        here = self.here[self.parts.data_sources.one].get(named or "")
        if named is None or here is not None:
            return here
        if named == now.get("data_source_id"):
            return named
        message = f"Nothing here stands for the data source {named}."
        raise InvalidDocumentError([Fault("/data_source_id", message)])

    def _follow(
        self, collection: Collection, named: str | None, now: str | None
    ) -> tuple[str | None, list[str]]:
        """What is neither in the document nor here is left out."""
        here = self.here[collection.one].get(named or "")
        if named is None or here is not None:
            return here, []
        if named == now or visible_rows(self.connection, self.caller, collection, [named]):
            return named, []
        message = (
            f"The {collection.one} {named} was left out: it is neither in the document nor here."
        )
        return None, [] if named in self.refused else [message]
