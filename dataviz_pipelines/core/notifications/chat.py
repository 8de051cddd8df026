"""Messages to chat services, through apprise. Its HTTP cannot be held to an address that was checked, so only services whose
hosts stand fixed in apprise, or belong to the service by their names, can be used (S45)."""

import logging
from typing import Any, Final
from urllib.parse import urlsplit

from dataviz_pipelines.core.notifications.errors import ChannelUnusableError, NotDeliveredError

HOSTS: Final[dict[str, tuple[str, ...]]] = {
    "slack": (),
    "discord": (),
    "tgram": (),
    "gchat": (),
    "workflows": (".logic.azure.com", ".api.powerplatform.com"),
}
"""Schemes of apprise, and how a host that the URL names must end. None: what stands there is no host but a part of a token."""

_REMEDY: Final = f"Use one of {', '.join(f'{scheme}://' for scheme in HOSTS)}, or a webhook."


def check_url(url: str) -> None:
    """Raises ChannelUnusableError, which does not repeat it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise ChannelUnusableError("That is not a URL of a chat service.") from error
    suffixes = HOSTS.get(parts.scheme)
    if suffixes is None or (suffixes and not host.endswith(suffixes)):
        raise ChannelUnusableError("That is no chat service that is known here.", remedy=_REMEDY)
    if parts.query or parts.fragment.partition("?")[2]:
        raise ChannelUnusableError(
            "A chat service's URL has no options: some of them read files, or verify no certificate."
        )
    if _service(url) is None:
        raise ChannelUnusableError(
            f"A part of the {parts.scheme}:// URL is missing or wrong.",
            remedy="See https://appriseit.com/services for how it reads.",
        )


def send(url: str, *, title: str, text: str) -> None:
    """Raises NotDeliveredError, or ChannelUnusableError for a URL that may not be used any more."""
    check_url(url)
    service = _service(url)
    service.redirects = False
    if not service.notify(title=title, body=text):
        raise NotDeliveredError(f"{urlsplit(url).scheme} did not take the message.")


def _service(url: str) -> Any:
    """None: it is not one. apprise loads more than a hundred services, so it is only imported where one is used."""
    import apprise

    _keep_quiet()
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


def _keep_quiet() -> None:
    """What apprise logs, and urllib3 below it, shows tokens."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
