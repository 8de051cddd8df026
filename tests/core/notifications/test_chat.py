"""Chat services through apprise: the real package, with a server of ours in the service's place."""

import logging

import apprise
import pytest

from dataviz_pipelines.core.notifications.chat import check_url, send
from dataviz_pipelines.core.notifications.errors import ChannelUnusableError, NotDeliveredError
from tests.servers.webhooks import Receiver, answer

TOKEN = "JHMHI8qBe7bk2ZwO5U711o3dV_js"  # of apprise's documentation
DISCORD = f"discord://4174216298/{TOKEN}"
ALLOWED = [
    DISCORD,
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23general",
    "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu",
]
REFUSED = [
    "json://127.0.0.1/x",
    "jsons://hooks.example.org/x",
    "xml://127.0.0.1/x",
    "form://127.0.0.1/x",
    "file:///etc/passwd",
    "syslog://",
    "dbus://",
    "gnome://",
    "mailto://user:pass@example.org",
    "mmost://127.0.0.1/token",
    "matrix://127.0.0.1/#room",
    "ntfy://127.0.0.1/topic",
    "workflows://127.0.0.1/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu",
    "workflows://169.254.169.254/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu",
    "workflows://logic.azure.com.evil.example/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu",
    f"{DISCORD}?verify=no",
    f"{DISCORD}?template=file:///etc/passwd",
    f"{DISCORD}#?verify=no",
    "discord://",
    "https://discord.com/api/webhooks/1/x",
    "",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_named_services_are_taken(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", REFUSED)
def test_S45_what_can_lead_elsewhere_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ChannelUnusableError) as caught:
        check_url(url)
    assert TOKEN not in str(caught.value)


@pytest.fixture
def discord(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Where apprise finds the service, which tests cannot reach."""
    plugin = type(apprise.Apprise.instantiate(DISCORD))
    monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{receiver.port}")
    return receiver


def test_a_message_arrives_and_its_token_is_not_logged(
    discord: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    send(DISCORD, title="Sales failed", text="A run failed.")
    received = discord.next()
    assert received.path == f"/4174216298/{TOKEN}"
    assert (b"Sales failed" in received.body, b"A run failed." in received.body) == (True, True)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("status", [404, 500])
def test_F55_what_the_service_does_not_take_is_no_success(
    discord: Receiver, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    discord.answers.append(answer(status))
    with pytest.raises(NotDeliveredError) as caught:
        send(DISCORD, title="Sales failed", text="A run failed.")
    assert TOKEN not in caplog.text + str(caught.value)


def test_S45_a_redirect_of_the_service_is_not_followed(discord: Receiver) -> None:
    discord.answers.append(answer(307, Location=f"http://127.0.0.1:{discord.port}/other"))
    with pytest.raises(NotDeliveredError):
        send(DISCORD, title="Sales failed", text="A run failed.")
    assert discord.next().path == f"/4174216298/{TOKEN}"
    assert discord.received.empty()
