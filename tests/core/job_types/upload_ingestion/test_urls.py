"""Files of web servers."""

import threading

import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.job_types import web
from dataviz_pipelines.core.network import NetworkGuard
from tests.core.job_types.upload_ingestion.elsewhere import Elsewhere, Site


def test_a_file_is_downloaded_once_and_again_when_its_etag_changes(
    elsewhere: Elsewhere, site: Site
) -> None:
    source = {"kind": "https", "urls": [f"{site.url}/ok.csv?key=sesame"]}
    said = elsewhere.take(**source)
    assert f"{site.url}/ok.csv: 2 rows loaded" in said
    assert "sesame" not in said
    assert f"{site.url}/ok.csv: unchanged" in elsewhere.take(**source)
    assert site.served == ["/ok.csv"]
    site.etag, site.content = '"2"', b"name,amount\nscrew,4\n"
    elsewhere.take(**source)
    assert elsewhere.rows() == 3
    assert elsewhere.uploads() == [("ok.csv", "succeeded")] * 2


def test_without_an_etag_the_same_content_is_a_duplicate(elsewhere: Elsewhere, site: Site) -> None:
    source = {"kind": "https", "urls": [f"{site.url}/plain.csv"]}
    elsewhere.take(**source)
    assert "the same content was loaded before" in elsewhere.take(**source)
    assert elsewhere.rows() == 2


def test_a_download_that_breaks_or_is_something_else_stops_no_other(
    elsewhere: Elsewhere, site: Site
) -> None:
    wrong = ["cut.csv", "moved.csv", "none.csv"]
    said, error = elsewhere.failing(
        kind="https", urls=[f"{site.url}/{name}" for name in (*wrong, "ok.csv")]
    )
    assert "Files that were not loaded: 3." in error
    assert "/cut.csv did not answer: RemoteProtocolError" in error
    assert "/moved.csv was answered with 302" in error
    assert "/none.csv was answered with 404" in error
    assert "/ok.csv: 2 rows loaded" in said
    assert elsewhere.uploads() == [("ok.csv", "succeeded")]
    assert [path.name for path in elsewhere.received()] == ["ok.csv"]


def test_S55_a_download_without_an_end_stops_at_the_limit(elsewhere: Elsewhere, site: Site) -> None:
    _, error = elsewhere.failing(kind="https", urls=[f"{site.url}/endless.csv"])
    assert "The file has more than 1 MB" in error
    assert site.let_go.wait(60)
    assert elsewhere.received() == []
    assert elsewhere.uploads() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost", "[::1]"])
def test_S45_addresses_of_the_machine_and_of_clouds_are_not_asked(
    elsewhere: Elsewhere, host: str
) -> None:
    guarded = elsewhere.with_settings(allowed_networks="")
    _, error = guarded.failing(kind="https", urls=[f"http://{host}:9/a.csv"])
    assert "is an address that the platform does not connect to" in error


def test_S46_the_address_that_was_checked_is_the_one_that_is_connected_to(
    elsewhere: Elsewhere, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name has no address but the one that it had when it was checked."""
    looked_up = []

    def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    def guard(settings: object) -> NetworkGuard:  # noqa: ARG001  # the function's signature
        return NetworkGuard(names=frozenset({"files.invalid"}), resolve=resolve)

    monkeypatch.setattr(web, "network_guard", guard)
    port = site.url.rpartition(":")[2]
    elsewhere.take(kind="https", urls=[f"http://files.invalid:{port}/ok.csv"])
    assert looked_up == ["files.invalid"]
    assert site.headers[0]["Host"] == f"files.invalid:{port}"
    assert elsewhere.rows() == 2


def test_F57_secrets_are_sent_and_stand_in_no_log_and_no_row(
    elsewhere: Elsewhere, site: Site
) -> None:
    source = {
        "kind": "https",
        "urls": [f"{site.url}/ok.csv"],
        "secret_headers": {"Authorization": "SHOP"},
    }
    with pytest.raises(ConfigurationError, match="The secret SHOP is not there"):
        elsewhere.take(**source)
    knowing = elsewhere.with_settings(job_secrets={"SHOP": SecretStr("Bearer open-sesame")})
    said = knowing.take(**source)
    assert site.headers[0]["Authorization"] == "Bearer open-sesame"
    assert "sesame" not in said
    assert elsewhere.query("SELECT 1 FROM upload_history AS u WHERE u::text LIKE '%sesame%'") == []


def test_a_server_that_stops_half_way_leaves_nothing_when_it_goes(
    elsewhere: Elsewhere, site: Site
) -> None:
    errors: list[str] = []

    def take() -> None:
        errors.append(elsewhere.failing(kind="https", urls=[f"{site.url}/half.csv"])[1])

    thread = threading.Thread(target=take)
    thread.start()
    assert site.half_sent.wait(60)
    assert elsewhere.uploads() == []
    site.let_go.set()
    thread.join()
    assert "/half.csv did not answer" in errors[0]
    assert (elsewhere.received(), elsewhere.uploads()) == ([], [])
