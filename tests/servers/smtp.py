"""A mail server that keeps what it is sent: as much of SMTP as mails to single people need, TLS and log-in included.

Written here because the package for this, aiosmtpd, has had no release since May 2024.
"""

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from queue import Queue
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PATIENCE_S = 20


@dataclass(frozen=True)
class Delivery:
    """`login` is who the sender said they are, `encrypted` whether TLS protected it all."""

    recipients: list[str]
    message: EmailMessage
    login: tuple[str, str] | None
    encrypted: bool

    @property
    def link(self) -> str:
        (found,) = [line for line in self.message.get_content().splitlines() if "/#" in line]
        return str(found)

    @property
    def token(self) -> str:
        return self.link.partition("=")[2]


@dataclass
class MailServer:
    """`tls` is offered, or spoken from the start where `implicit`. What `refused` names is not delivered to, and nothing is
    while `open_again` is not set. `heard` is every line of every client."""

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    refused: frozenset[str] = frozenset()
    open_again: threading.Event = field(default_factory=threading.Event)
    heard: list[str] = field(default_factory=list)
    delivered: "Queue[Delivery]" = field(default_factory=Queue)
    host: str = "127.0.0.1"
    port: int = 0

    def next(self) -> Delivery:
        return self.delivered.get(timeout=_PATIENCE_S)

    @property
    def url(self) -> str:
        return f"{'smtps' if self.implicit else 'smtp'}://{self.host}:{self.port}"

    @property
    def url_with_login(self) -> str:
        return self.url.replace("//", "//dataviz:s%40cret@")


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mails: MailServer


class _Client(StreamRequestHandler):
    def setup(self) -> None:
        self.mails = cast(_Server, self.server).mails
        self.login: tuple[str, str] | None = None
        self.recipients: list[str] = []
        self.encrypted = False
        if self.mails.implicit:
            self._encrypt()
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        self._say("220 localhost ESMTP")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.mails.heard.append(line)
            verb = line.partition(" ")[0].upper()
            getattr(self, f"_on_{verb.lower()}", self._on_others)(line)
            if verb == "QUIT":
                return

    def _on_ehlo(self, _: str) -> None:
        offers = ["localhost", "AUTH PLAIN", "8BITMIME"]
        if self.mails.tls is not None and not self.encrypted:
            offers.append("STARTTLS")
        *most, last = offers
        self._say(*(f"250-{offer}" for offer in most), f"250 {last}")

    def _on_starttls(self, _: str) -> None:
        self._say("220 go ahead")
        self._encrypt()
        super().setup()

    def _on_auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.login = (user, password)
        self._say("235 welcome")

    def _on_rcpt(self, line: str) -> None:
        recipient = line.partition("<")[2].partition(">")[0]
        if recipient in self.mails.refused:
            self._say("550 nobody here")
            return
        self.recipients.append(recipient)
        self._say("250 ok")

    def _on_data(self, _: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.mails.open_again.wait(_PATIENCE_S)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        self.mails.delivered.put(
            Delivery(self.recipients, cast(EmailMessage, message), self.login, self.encrypted)
        )
        self._say("250 kept")

    def _on_others(self, line: str) -> None:
        self._say("221 bye" if line.upper() == "QUIT" else "250 ok")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _encrypt(self) -> None:
        assert self.mails.tls is not None
        self.request = self.mails.tls.wrap_socket(self.request, server_side=True)
        self.encrypted = True


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    mails = MailServer(**options)
    mails.open_again.set()
    with _Server((mails.host, 0), _Client) as server:
        server.mails = mails
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that leave are part of the tests
        mails.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield mails
        finally:
            mails.open_again.set()
            server.shutdown()
            thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for 127.0.0.1, and the file by which clients can trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mails of tests")])
    public = key.public_key()
    made = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "private.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
