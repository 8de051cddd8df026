"""Asking a server on somebody's behalf: which URLs may be asked for, with which headers, and at the address that was checked."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import httpx
from pydantic import AfterValidator, StringConstraints

from dataviz_pipelines.core.errors import ConfigurationError, UnavailableError
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.settings import Settings

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
OUR_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it must begin with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("it must hold no password; name one in secret_headers")
    parts.port  # noqa: B018  # raises ValueError for what is no port
    return text


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() in OUR_HEADERS:
            raise ValueError(f"{name} is not yours to set")
    return headers


Url = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_url)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
SecretHeaders = Annotated[dict[HeaderName, SecretName], AfterValidator(checked_headers)]


@dataclass(frozen=True)
class Question:
    """Redirects are not followed. `timeout_s` is for each step: to connect, to write, to read some more. `ca_certificate`, in
    PEM, is trusted in place of the usual authorities."""

    url: str
    headers: Mapping[str, str]
    timeout_s: float
    method: str = "GET"
    body: str | None = None
    ca_certificate: str | None = None


@dataclass(frozen=True)
class Answer:
    address: str
    response: httpx.Response


def secrets_of(settings: Settings, headers: Mapping[str, str], log: RunLog) -> dict[str, str]:
    """The values of headers that name secrets; the log does not show them from now on. Raises ConfigurationError."""
    known, found = settings.job_secrets, {}
    for header, name in headers.items():
        if name not in known:
            raise ConfigurationError(
                f"The secret {name} is not there.", remedy="Add it to DATAVIZ_JOB_SECRETS."
            )
        found[header] = value = known[name].get_secret_value()
        log.hide(value)
        log.hide(value.rpartition(" ")[2])  # without a word such as Bearer
    return found


@contextmanager
def asked(settings: Settings, question: Question) -> Iterator[Answer]:
    """The address that was checked is the one that is connected to. Raises what the guard raises, and UnavailableError, also
    while the answer is being read."""
    parts = urlsplit(question.url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    address = network_guard(settings).check(host, port).addresses[0]
    try:
        with (
            httpx.Client(
                timeout=question.timeout_s, trust_env=False, verify=_trust(question)
            ) as client,
            client.stream(
                question.method,
                _at(parts, address, port),
                headers={**question.headers, "Host": parts.netloc},
                extensions={"sni_hostname": host},
                content=question.body,
            ) as response,
        ):
            yield Answer(address, response)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _no_answer(question, error) from error


def shown(url: str) -> str:
    """Without its query, which often holds a key."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _trust(question: Question) -> ssl.SSLContext | bool:
    if question.ca_certificate is None:
        return True
    return ssl.create_default_context(cadata=question.ca_certificate)


def _no_answer(question: Question, error: Exception) -> UnavailableError:
    where = shown(question.url)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UnavailableError(
                f"{where} has a certificate that is not trusted: {cause.verify_message}.",
                remedy="It must name the host, be valid at this time, and be signed by an authority that is known here.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return UnavailableError(
                f"{where} did not answer: the connection was refused.",
                remedy="Look whether the server runs, and whether the port is right.",
            )
        cause = cause.__cause__ or cause.__context__
    return UnavailableError(
        f"{where} did not answer: {type(error).__name__}.",
        remedy="Look whether it runs, and whether the platform reaches it.",
    )


def _at(parts: SplitResult, address: str, port: int) -> str:
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{host}:{port}", fragment="").geturl()
