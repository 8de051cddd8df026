"""Mails to single people: by SMTP where it is configured, otherwise into the log where that is allowed."""

import logging
import smtplib
import ssl
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

_TIMEOUT_S = 20
_SUBMISSION_PORT = 587
_TLS_PORT = 465
_HERE: Final = ("localhost", "127.0.0.1", "::1")


class MailNotSentError(UnavailableError):
    """The mail server did not take it."""


class MailServerAwayError(MailNotSentError):
    """Nobody could be sent a mail now."""


@dataclass(frozen=True)
class Attachment:
    """A file. `media_type` as HTTP has it, with its parameters."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """Plain text. It may hold a link that is a secret, so it is not shown by accident. A mail that is sent twice with the
    same `id` is known for the same."""

    to: str
    subject: str
    text: str = field(repr=False)
    id: UUID | None = None
    attachment: Attachment | None = None


def send(settings: Settings, mail: Mail) -> None:
    """Raises MailNotSentError. A file cannot be written into the log, so a mail with one needs a server."""
    if settings.smtp_url is None and settings.log_mails and mail.attachment is None:
        logger.warning("no mail server is configured; this would be sent:\n%s", mail.text)
        return
    if settings.smtp_url is None:
        raise MailNotSentError(
            "No mail server is configured.", remedy="Set DATAVIZ_SMTP_URL to one."
        )
    try:
        _send(settings.smtp_url.get_secret_value(), mail, settings.mail_from)
    except smtplib.SMTPRecipientsRefused as error:
        raise MailNotSentError("The mail server refused the recipient.") from error
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise MailNotSentError("The mail server did not take the mail.") from error


def _send(url: str, mail: Mail, sender: str) -> None:
    parts = urlsplit(url)
    try:
        server = _connected(parts)
    except OSError as error:  # those of smtplib as well
        raise MailServerAwayError("The mail server cannot be reached.") from error
    with server:
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(_message(sender, mail), to_addrs=[mail.to])


def _connected(parts: SplitResult) -> smtplib.SMTP:
    """`smtps` speaks TLS from the start, `smtp` as soon as the server offers it."""
    host = parts.hostname or ""
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        port = parts.port or _TLS_PORT
        return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
    if parts.scheme != "smtp":
        raise MailNotSentError(
            "The address of the mail server is none.",
            remedy="Let DATAVIZ_SMTP_URL begin with smtps:// or smtp://.",
        )
    with ExitStack() as undone:
        server = smtplib.SMTP(host, parts.port or _SUBMISSION_PORT, timeout=_TIMEOUT_S)
        undone.callback(server.close)
        _protect(server, context, needs_tls=bool(parts.username) and host not in _HERE)
        undone.pop_all()
    return server


def _protect(server: smtplib.SMTP, context: ssl.SSLContext, *, needs_tls: bool) -> None:
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif needs_tls:
        raise MailNotSentError(
            "The mail server offers no TLS, and the password is not sent without.",
            remedy="Use smtps://, or a server that knows STARTTLS.",
        )


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = utc_now()
    message["Message-ID"] = _message_id(sender, mail)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.attachment is not None:
        _attach(message, mail.attachment)
    return message


def _attach(message: EmailMessage, file: Attachment) -> None:
    named = EmailMessage()
    named["Content-Type"] = file.media_type
    kind = named["Content-Type"]
    message.add_attachment(
        file.content,
        maintype=kind.maintype,
        subtype=kind.subtype,
        params=dict(kind.params),
        filename=file.name,
    )


def _message_id(sender: str, mail: Mail) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2] or None
    if mail.id is None:
        return make_msgid(domain=domain)
    return f"<{mail.id}@{domain or 'localhost'}>"
