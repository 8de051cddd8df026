"""What a GraphQL request would do. Nothing of it is executed here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

from api.dagster_ui.errors import GraphQLRequestError

READS: Final = frozenset({OperationType.QUERY})
CHANGES: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
FOLLOWS: Final = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})
_MOST_TOKENS: Final = 20_000
_REMEDY: Final = "Send one JSON object with `query`, `variables` and `operationName`."


@dataclass(frozen=True)
class Operations:
    """All that the text defines, executed or not: their kinds, and the names of what they ask for."""

    kinds: frozenset[OperationType]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class GraphQLRequest:
    query: str
    variables: Any = None
    operation_name: str | None = None

    @classmethod
    def of(cls, values: Any, *, name: str = "operationName") -> "GraphQLRequest":
        """Raises GraphQLRequestError for anything but one request: a list of them, a hash instead of a text."""
        if not isinstance(values, Mapping) or not isinstance(values.get("query"), str):
            raise GraphQLRequestError("There is no single GraphQL query in it.", remedy=_REMEDY)
        operation_name = values.get(name)
        if not isinstance(operation_name, str | None):
            raise GraphQLRequestError(f"`{name}` is not a text.", remedy=_REMEDY)
        return cls(values["query"], values.get("variables"), operation_name)

    @classmethod
    def parse(cls, body: bytes) -> "GraphQLRequest":
        return cls.of(read_json(body))

    @property
    def operations(self) -> Operations:
        return operations_of(self.query)

    def values(self, *, name: str = "operationName") -> dict[str, Any]:
        return {"query": self.query, "variables": self.variables, name: self.operation_name}


def read_json(text: bytes | str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GraphQLRequestError("The request is not JSON.", remedy=_REMEDY) from error


@lru_cache(maxsize=200)
def operations_of(query: str) -> Operations:
    """Dagster's pages send the same few texts over and over, and parsing them takes milliseconds."""
    try:
        document = parse(query, no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError) as error:
        raise GraphQLRequestError("The GraphQL query cannot be parsed.") from error
    operations = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    return Operations(
        kinds=frozenset(each.operation for each in operations),
        fields=tuple(
            field.name.value
            for each in operations
            for field in each.selection_set.selections
            if isinstance(field, FieldNode)
        ),
    )
