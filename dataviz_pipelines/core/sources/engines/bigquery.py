"""BigQuery. This module alone knows Google's library for data sources."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth import exceptions as auth_exceptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY
from google.oauth2 import service_account

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connections import (
    TOKEN_URI,
    BigQueryConnection,
    ServiceAccount,
)
from dataviz_pipelines.core.sources.errors import Reason, SourceError

ENDPOINT: Final = "https://bigquery.googleapis.com"
SCOPES: Final = ("https://www.googleapis.com/auth/bigquery",)
_KINDS: Final[tuple[tuple[type[Exception], Reason], ...]] = (
    (auth_exceptions.RefreshError, Reason.PASSWORD),
    (exceptions.Unauthorized, Reason.PASSWORD),
    (exceptions.NotFound, Reason.DATABASE_MISSING),
    (exceptions.Forbidden, Reason.PERMISSION),
    (exceptions.TooManyRequests, Reason.BUSY),
    (exceptions.BadRequest, Reason.QUERY),
    (exceptions.GatewayTimeout, Reason.TIMEOUT),
    (exceptions.RetryError, Reason.TIMEOUT),
    (TimeoutError, Reason.TIMEOUT),
    (requests.exceptions.SSLError, Reason.TLS),
    (requests.exceptions.Timeout, Reason.TIMEOUT),
    (requests.exceptions.TooManyRedirects, Reason.FAILED),
    (requests.exceptions.ConnectionError, Reason.REFUSED),
    (auth_exceptions.TransportError, Reason.REFUSED),
    (ConnectionError, Reason.REFUSED),
)
_WITH_DETAIL: Final = frozenset({Reason.PERMISSION, Reason.QUERY, Reason.DATABASE_MISSING})


@dataclass(frozen=True)
class BigQuery:
    connection: BigQueryConnection
    guard: NetworkGuard
    errors: tuple[type[Exception], ...] = (
        exceptions.GoogleAPIError,
        auth_exceptions.GoogleAuthError,
        requests.exceptions.RequestException,
        OSError,
        ValueError,
        LookupError,
    )

    def client(self) -> bigquery.Client:
        """Of Google's fixed endpoint, or of an emulator that the installation allows, which is sent no credentials. Queries
        that would cost more than the limit are refused by Google."""
        asked = self.connection
        endpoint, credentials = self._endpoint(), _credentials(asked.service_account)
        session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # untyped in google-auth
        session.max_redirects = 0
        session.trust_env = asked.endpoint is None
        return bigquery.Client(
            project=asked.project,
            credentials=credentials,
            location=asked.location,
            _http=session,
            client_options=ClientOptions(api_endpoint=endpoint),
            default_query_job_config=self._limited(),
        )

    def try_out(self, query: str, *, timeout_s: float) -> str:
        """Runs a query, and gives what the server calls itself."""
        retry = DEFAULT_RETRY.with_timeout(timeout_s)
        try:
            client = self.client()
            try:
                job = client.query(query, retry=retry, timeout=timeout_s, job_retry=None)
                list(job.result(max_results=1, retry=retry, timeout=timeout_s, job_retry=None))
            finally:
                client.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery
        except self.errors as error:
            raise self.explain(error) from error
        return "BigQuery"

    def explain(self, error: BaseException) -> SourceError:
        cause = _cause(error)
        reason = next((why for kind, why in _KINDS if isinstance(cause, kind)), Reason.FAILED)
        detail = getattr(cause, "message", None) if reason in _WITH_DETAIL else None
        return SourceError(reason, detail)

    def _endpoint(self) -> str:
        asked = self.connection.endpoint
        if asked is None:
            return ENDPOINT
        place = urlsplit(asked)
        reached = self.guard.check(place.hostname or "", place.port or 0, listed_only=True)
        address = reached.addresses[0]
        return f"http://{f'[{address}]' if ':' in address else address}:{reached.port}"

    def _limited(self) -> bigquery.QueryJobConfig:
        limits = self.connection.limits
        return bigquery.QueryJobConfig(
            maximum_bytes_billed=limits.maximum_bytes_billed,
            job_timeout_ms=limits.statement_timeout_s * 1_000,
        )


def _credentials(account: ServiceAccount | None) -> Credentials:
    if account is None:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]  # untyped in google-auth
    known: dict[str, Any] = {
        "type": account.type,
        "project_id": account.project_id,
        "private_key_id": account.private_key_id,
        "private_key": account.private_key.get_secret_value(),
        "client_email": account.client_email,
        "token_uri": TOKEN_URI,
    }
    made: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        known, scopes=SCOPES
    )
    return made


def _cause(error: BaseException) -> BaseException:
    """What was retried until there was no time left says more than that there is none left."""
    inner = getattr(error, "cause", None)
    return inner if isinstance(error, exceptions.RetryError) and inner is not None else error
