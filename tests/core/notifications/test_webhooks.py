"""F53, S45, S46: POSTs to other people's servers, where they go and how long they take."""

import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from dataviz_pipelines.core.network import BlockedAddressError, NameNotResolvedError, NetworkGuard
from dataviz_pipelines.core.notifications.errors import (
    ChannelUnusableError,
    NotDeliveredError,
    RefusedError,
)
from dataviz_pipelines.core.notifications.webhooks import check_url, post
from tests.servers.processes import free_port
from tests.servers.smtp import certificate
from tests.servers.webhooks import Receiver, answer, webhook_server

HERE = NetworkGuard(networks=(ip_network("127.0.0.1"),))
SHORT_S = 0.5
SECRETS = ("s3cret-path", "s3cret-token")


def send(url: str, guard: NetworkGuard = HERE, timeout_s: float = 15.0) -> None:
    post(url, b"{}", {"Content-Type": "application/json"}, guard, timeout_s=timeout_s)


def test_what_is_posted_arrives_as_it_is(receiver: Receiver) -> None:
    send(receiver.url)
    received = receiver.next()
    assert (received.path, received.body) == ("/hooks/s3cret-path?token=s3cret-token", b"{}")
    assert received.headers["Host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "100.100.100.200"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_S45_the_platforms_own_and_metadata_addresses_are_refused(
    receiver: Receiver, scheme: str, host: str
) -> None:
    with pytest.raises(BlockedAddressError):
        send(f"{scheme}://{host}:{receiver.port}/", NetworkGuard())
    assert receiver.received.empty()


def test_S45_without_tls_only_what_is_listed_is_sent_to() -> None:
    with pytest.raises(BlockedAddressError):
        send("http://10.1.2.3/", NetworkGuard())


def test_S46_the_address_that_was_checked_is_connected_to_and_no_name_is_looked_up_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name has an address that is allowed when it is checked, and no more when it is asked again."""
    asked: list[str] = []

    def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    guard = replace(HERE, resolve=resolve)
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def watch(host: str, *arguments: object, **options: object) -> object:
        looked_up.append(host)
        return real(host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watch)
    send(f"http://rebinding.example:{receiver.port}/", guard)
    assert receiver.next().headers["Host"] == f"rebinding.example:{receiver.port}"
    assert asked == ["rebinding.example"]
    assert "rebinding.example" not in looked_up


def test_S46_one_blocked_address_among_others_is_enough(receiver: Receiver) -> None:
    guard = replace(HERE, resolve=lambda *_: ["127.0.0.1", "169.254.169.254"])
    with pytest.raises(BlockedAddressError):
        send(f"http://both.example:{receiver.port}/", guard)
    assert receiver.received.empty()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_S45_a_redirect_is_not_followed_and_is_no_success(receiver: Receiver, status: int) -> None:
    with webhook_server() as other:
        receiver.answers.append(answer(status, Location=other.url))
        with pytest.raises(RefusedError, match=f"status {status}.*not followed"):
            send(receiver.url)
        assert other.received.empty()


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_F55_what_is_refused_is_told_with_its_status(receiver: Receiver, status: int) -> None:
    receiver.answers.append(answer(status))
    with pytest.raises(RefusedError, match=str(status)):
        send(receiver.url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_F55_what_may_pass_can_be_repeated(receiver: Receiver, status: int) -> None:
    receiver.answers.append(answer(status))
    with pytest.raises(NotDeliveredError, match=str(status)):
        send(receiver.url)


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_F55_a_server_that_never_answers_is_left(receiver: Receiver, way: str) -> None:
    receiver.answers.append(getattr(receiver, way))
    with pytest.raises(NotDeliveredError, match="too long"):
        send(receiver.url, timeout_s=SHORT_S)
    assert not receiver.over.is_set()


def test_an_answer_without_an_end_is_not_read(receiver: Receiver) -> None:
    receiver.answers.append(receiver.flood)
    send(receiver.url)
    assert not receiver.over.is_set()


def test_F55_what_is_no_http_is_no_success() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65_536)
                client.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(NotDeliveredError):
            send(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()


@pytest.mark.parametrize("status", [404, 500])
def test_no_error_tells_the_url(receiver: Receiver, status: int) -> None:
    receiver.answers.append(answer(status))
    with pytest.raises((RefusedError, NotDeliveredError)) as refused:
        send(receiver.url)
    with pytest.raises(NotDeliveredError) as away:
        send(receiver.url.replace(str(receiver.port), str(free_port())))
    assert not [each for each in SECRETS if each in f"{refused.value}{away.value}"]


def test_a_name_that_nobody_has_is_told() -> None:
    def nobody(*_: object) -> Sequence[str]:
        raise OSError

    with pytest.raises(NameNotResolvedError):
        send("https://nobody.example/", replace(HERE, resolve=nobody))


@pytest.mark.parametrize("is_trusted", [True, False])
def test_S46_the_certificate_must_name_the_host_although_the_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_trusted: bool
) -> None:
    """The certificate is for 127.0.0.1, and trusted."""
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    guard = replace(HERE, resolve=lambda *_: ["127.0.0.1"])
    host = "127.0.0.1" if is_trusted else "other.example"
    with _Tls(context) as (port, heard):
        if is_trusted:
            send(f"https://{host}:{port}/", guard)
        else:
            with pytest.raises(NotDeliveredError, match="certificate"):
                send(f"https://{host}:{port}/", guard)
    assert bool(heard) is is_trusted


class _Tls:
    """Takes one request."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._heard: list[bytes] = []

    def __enter__(self) -> tuple[int, list[bytes]]:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()
        return self._server.getsockname()[1], self._heard

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._server.close()

    def _talk(self) -> None:
        plain, _ = self._server.accept()
        try:
            with self._context.wrap_socket(plain, server_side=True) as client:
                self._heard.append(_request(client))
                client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            plain.close()


def _request(client: ssl.SSLSocket) -> bytes:
    """To its end: who closes with something unread resets the connection, and may take the answer back with it."""
    heard = b""
    while not heard.endswith(b"{}") and (part := client.recv(65_536)):
        heard += part
    return heard


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https:///path",
        "https://",
        "hooks.example.org/x",
        "https://user:s3cret@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org/\r\nX-Injected: 1",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/ü",
        "https://hooks.example.org:99999/",
        "https://[::1/",
        f"https://hooks.example.org/{'x' * 2_000}",
    ],
)
def test_what_is_no_webhook_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ChannelUnusableError) as caught:
        check_url(url)
    assert "s3cret" not in str(caught.value)
