"""BigQuery: the list and get calls of its API, which are free of charge, so that a discovery runs no query and costs nothing."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from google.api_core.exceptions import Forbidden, GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery import DEFAULT_RETRY
from requests.exceptions import RequestException

from dataviz_pipelines.core.discovery.engines.base import Limits, Listing, UnreadableError
from dataviz_pipelines.core.discovery.engines.bigquery.definitions import definition, statistics
from dataviz_pipelines.core.discovery.errors import SourceReadError, SourceTimeoutError
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, TableName
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem, ProblemKind

_T = TypeVar("_T")
_AT_ONCE: Final = 8
"""Calls under way; the API takes a hundred a second from one account."""


class BigQuery:
    """All datasets of the client's project that its account sees."""

    def __init__(self, client: bigquery.Client, limits: Limits | None = None) -> None:
        self._client = client
        self._limits = limits or Limits()
        self._ends_at = float("inf")

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._ends_at = time.monotonic() + self._limits.deadline_s
        try:
            yield
        except (GoogleAPIError, GoogleAuthError, RequestException) as error:
            if time.monotonic() >= self._ends_at:
                raise SourceTimeoutError(
                    f"The data source did not answer within {self._limits.deadline_s:g} seconds.",
                    remedy="What was known of it stays.",
                ) from error
            raise SourceReadError(
                f"BigQuery refused to be read ({type(error).__name__}).",
                remedy="What was known of it stays.",
            ) from error

    def tables(self) -> Listing:
        found: list[Listed] = []
        problems: list[DiscoveryProblem] = []
        for dataset in self._call(lambda options: list(self._client.list_datasets(**options))):
            name = dataset.dataset_id
            try:
                found += self._tables_of(name)
            except Forbidden:
                remedy = self._grant("SCHEMA", f"{self._client.project}.{name}")
                problems.append(_unlisted(name, remedy))
        return Listing(sorted(found, key=lambda table: table.name), tuple(problems))

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._described, tables))

    def hidden(self, missing: Collection[TableName]) -> dict[TableName, str | None]:
        """Datasets that the account may not see are not listed; asked for by name, they are denied rather than not found."""
        denied = {
            schema for schema in {name.schema_name for name in missing} if self._is_denied(schema)
        }
        return {
            name: self._grant("SCHEMA", f"{name.database_name}.{name.schema_name}")
            for name in missing
            if name.schema_name in denied
        }

    def _tables_of(self, dataset: str) -> list[Listed]:
        try:
            items = self._call(
                lambda options: list(self._client.list_tables(dataset, page_size=1_000, **options))
            )
        except NotFound:
            return []
        return [
            Listed(TableName(item.project, item.dataset_id, item.table_id), item.reference)
            for item in items
        ]

    def _described(self, table: Listed) -> Described:
        try:
            found = self._call(lambda options: self._client.get_table(table.key, **options))
        except NotFound as error:
            raise UnreadableError(
                ProblemKind.VANISHED, "It was dropped while it was read."
            ) from error
        except Forbidden as error:
            raise UnreadableError(
                ProblemKind.DENIED,
                "The account may not read it.",
                self._grant("TABLE", ".".join(table.name)),
            ) from error
        resource: dict[str, Any] = found.to_api_repr()
        return Described(table.name, definition(resource), statistics(resource))

    def _is_denied(self, dataset: str) -> bool:
        try:
            self._call(lambda options: self._client.get_dataset(dataset, **options))
        except Forbidden:
            return True
        except NotFound:
            return False
        return False

    def _call(self, call: Callable[[dict[str, Any]], _T]) -> _T:
        """Neither one call nor its repetitions outlast what is left of the time."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise SourceTimeoutError(
                f"The data source did not answer within {self._limits.deadline_s:g} seconds.",
                remedy="What was known of it stays.",
            )
        timeout = min(left, self._limits.statement_timeout_ms / 1_000)
        return call({"retry": DEFAULT_RETRY.with_timeout(timeout), "timeout": timeout})

    def _grant(self, kind: str, place: str) -> str:
        address = getattr(self._client._credentials, "service_account_email", None)
        account = "user:ADDRESS" if address is None else f"serviceAccount:{address}"
        return f'GRANT `roles/bigquery.dataViewer` ON {kind} `{place}` TO "{account}";'


def _unlisted(dataset: str, remedy: str) -> DiscoveryProblem:
    return DiscoveryProblem(
        schema_name=dataset,
        table_name=None,
        kind=ProblemKind.DENIED,
        reason="The account may not list its tables.",
        remedy=remedy,
    )
