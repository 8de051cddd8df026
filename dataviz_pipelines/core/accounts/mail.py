"""Mails to single people: by SMTP where it is configured, otherwise into the log where that is allowed."""

import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

_TIMEOUT_S = 20
_SUBMISSION_PORT = 587
_TLS_PORT = 465


class MailNotSentError(UnavailableError):
    """The mail server did not take it."""


@dataclass(frozen=True)
class Mail:
    """Plain text. It may hold a link that is a secret, so it is not shown by accident."""

    to: str
    subject: str
    text: str = field(repr=False)


def send(settings: Settings, mail: Mail) -> None:
    """Raises MailNotSentError."""
    if settings.smtp_url is None and settings.log_mails:
        logger.warning("no mail server is configured; this would be sent:\n%s", mail.text)
        return
    if settings.smtp_url is None:
        raise MailNotSentError(
            "No mail server is configured.", remedy="Set DATAVIZ_SMTP_URL to one."
        )
    try:
        _send(settings.smtp_url.get_secret_value(), _message(settings.mail_from, mail))
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSentError("The mail server did not take the mail.") from error


def _send(url: str, message: EmailMessage) -> None:
    """`smtps` speaks TLS from the start, `smtp` as soon as the server offers it."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(
            parts.hostname or "", parts.port or _TLS_PORT, timeout=_TIMEOUT_S, context=context
        )
        if parts.scheme == "smtps"
        else smtplib.SMTP(parts.hostname or "", parts.port or _SUBMISSION_PORT, timeout=_TIMEOUT_S)
    ) as server:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme == "smtp" and parts.username and not _is_here(parts.hostname):
            raise MailNotSentError(
                "The mail server offers no TLS, and the password is not sent without.",
                remedy="Use smtps://, or a server that knows STARTTLS.",
            )
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _is_here(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message.set_content(mail.text)
    return message
