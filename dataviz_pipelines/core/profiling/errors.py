"""Why a table was not profiled, beside what can keep any query from being answered."""

from uuid import UUID

from dataviz_pipelines.core.errors import ConflictError, NotFoundError


class TableNotFoundError(NotFoundError):
    """There is none, or the caller may not see it or its data source."""

    def __init__(self, table: UUID | str) -> None:
        super().__init__(
            f"There is no table {table}.", remedy="Discover its data source, or check its name."
        )


class NoColumnsError(ConflictError):
    """Nothing is known to ask for."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"No columns of {table} are known.",
            remedy="Let the data source's user read it, and discover the data source again.",
        )


class TableUnreadableError(ConflictError):
    """The server does not answer a plain SELECT of its columns."""

    def __init__(self, table: str, said: str) -> None:
        super().__init__(
            f"{table} cannot be read: {said}",
            remedy="Let the data source's user read it, or discover the data source again if the table has changed.",
        )
