"""Why a request for Dagster goes no further."""

from typing import Any

from dataviz_pipelines.core.errors import InvalidInputError, NotFoundError, UnavailableError
from dataviz_pipelines.core.security.errors import PermissionDeniedError

_MOST_NAMES = 5
_LONGEST_NAME = 100


class GraphQLRequestError(InvalidInputError):
    """What was sent to Dagster's GraphQL cannot be judged, so it is not forwarded."""


class MayNotOperateError(PermissionDeniedError):
    """Somebody who may only look asked for a change, of these names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        asked = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
        super().__init__(
            f"This needs the permission pipelines:operate: {asked}.",
            remedy="Ask an administrator for a role that has it.",
        )

    def graphql(self) -> dict[str, Any]:
        return {"message": str(self), "extensions": {"code": "FORBIDDEN"}}


class NoSuchPathError(NotFoundError):
    """A path that Dagster's UI does not need."""


class DagsterUnavailableError(UnavailableError):
    """The webserver does not answer."""

    def __init__(self) -> None:
        super().__init__(
            "Dagster does not answer.",
            remedy="It may be starting; try again in a minute. `dataviz status` shows what runs.",
        )
