"""Mails that are sent after the answer, which does not tell whether they were."""

import logging

from dataviz_pipelines.core.accounts.mail import Mail, MailNotSentError, send
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)


def send_quietly(settings: Settings, mail: Mail) -> None:
    try:
        send(settings, mail)
    except MailNotSentError:
        logger.exception("a mail was not sent")
