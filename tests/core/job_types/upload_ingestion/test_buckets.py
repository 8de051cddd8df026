"""Objects of buckets: which are taken, what is taken again, and what is said when it cannot be."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.job_types import web
from dataviz_pipelines.core.job_types.upload_ingestion import buckets
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    BucketNotAllowedError,
    PlaceTooLargeError,
)
from dataviz_pipelines.core.network import NetworkGuard
from tests.core.job_types.upload_ingestion.elsewhere import OTHER, Elsewhere, Site, names, refused
from tests.core.job_types.upload_ingestion.memory import MIB, read_within
from tests.dropbox import ORDERS
from tests.servers.buckets import BucketPlace
from tests.servers.gates import gate
from tests.servers.processes import free_port
from tests.servers.smtp import certificate


@pytest.fixture
def elsewhere(elsewhere: Elsewhere, bucket: BucketPlace) -> Elsewhere:
    return replace(elsewhere, credentials=bucket.credentials)


def test_objects_are_loaded_once_and_again_only_when_they_change(
    elsewhere: Elsewhere, bucket: BucketPlace
) -> None:
    bucket.put("shop/a.csv", ORDERS)
    bucket.put("shop/b.csv", ORDERS)
    said = elsewhere.take(**bucket.source(prefix="shop/"))
    assert "shop/a.csv: 2 rows loaded, 0 rejected" in said
    assert "shop/b.csv: the same content was loaded before" in said
    said = elsewhere.take(**bucket.source(prefix="shop/"))
    assert "Files: 2, unchanged since they were loaded: 2" in said
    assert elsewhere.uploads() == [("a.csv", "succeeded"), ("b.csv", "duplicate")]
    bucket.put("shop/a.csv", OTHER)
    assert "shop/a.csv: 1 rows loaded" in elsewhere.take(**bucket.source(prefix="shop/"))
    assert elsewhere.rows() == 3
    assert bucket.keys() == ["shop/a.csv", "shop/b.csv"]


def test_prefix_pattern_and_subfolders_choose_whatever_keys_are_called(
    elsewhere: Elsewhere, bucket: BucketPlace
) -> None:
    odd = "shop/ä b+c&d=e?f#g%20.csv"
    for key in (odd, "shop/b.txt", "shop/in/c.csv", "shop/.d.csv", "shop/e.csv.part", "a.csv"):
        bucket.put(key, ORDERS)
    bucket.put("shop/.in/f.csv", ORDERS)
    bucket.put("shop/in/", b"")
    assert names(elsewhere, bucket.source()) == ["a.csv"]
    within = bucket.source(prefix="shop/", pattern="*.csv")
    assert names(elsewhere, within) == [odd]
    assert sorted(names(elsewhere, {**within, "subfolders": True})) == ["shop/in/c.csv", odd]
    assert f"{odd}: 2 rows loaded" in elsewhere.take(**within)


def test_all_pages_of_a_list_are_read_up_to_a_bound(
    elsewhere: Elsewhere, bucket: BucketPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PAGE", 2)
    for number in range(5):
        bucket.put(f"{number} +.csv", ORDERS)
    assert sorted(names(elsewhere, bucket.source())) == [f"{number} +.csv" for number in range(5)]
    monkeypatch.setattr(buckets, "MOST_LISTED", 4)
    with pytest.raises(PlaceTooLargeError, match="Give a longer prefix"):
        names(elsewhere, bucket.source())


def test_an_object_that_may_not_be_read_stops_no_other(
    elsewhere: Elsewhere, bucket: BucketPlace
) -> None:
    bucket.put("closed/a.csv", ORDERS)
    bucket.put("open/a.csv", OTHER)
    said, error = elsewhere.failing(**bucket.source(subfolders=True))
    assert f"The access key {bucket.reader.id} may not read closed/a.csv" in error
    assert "s3:GetObject" in error
    assert "open/a.csv: 1 rows loaded" in said
    assert elsewhere.uploads() == [("a.csv", "succeeded")]


def test_S55_an_object_above_the_limit_is_not_received(
    elsewhere: Elsewhere, bucket: BucketPlace
) -> None:
    bucket.put("big.csv", b"name,amount\n" + b"bolt,2\n" * 200_000)
    bucket.put("ok.csv", ORDERS)
    said, error = elsewhere.failing(**bucket.source())
    assert "big.csv: The file has more than 1 MB" in error
    assert "ok.csv: 2 rows loaded" in said
    assert [path.name for path in elsewhere.received()] == ["ok.csv"]


def test_a_large_object_is_never_held_whole(elsewhere: Elsewhere, bucket: BucketPlace) -> None:
    bucket.put("large.csv", b"x" * 64 * MIB)
    with ExitStack() as stack:
        (file,) = elsewhere.find(stack, bucket.source())
        size, most = read_within(file)
    assert size == 64 * MIB
    assert most < 16


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bucket": "no-such-bucket"}, "may not read http://127.0.0.1"),
        ({"access_key_id": "AKIAUNKNOWN"}, "does not know the access key AKIAUNKNOWN"),
        ({"endpoint": "http://nowhere.invalid"}, "The name nowhere.invalid has no address"),
    ],
)
def test_a_bucket_that_cannot_be_read_is_told_with_what_helps(
    elsewhere: Elsewhere, bucket: BucketPlace, changes: dict[str, str], said: str
) -> None:
    assert said in refused(elsewhere, bucket.source(**changes))


def test_a_bucket_that_is_not_there_is_told(elsewhere: Elsewhere, bucket: BucketPlace) -> None:
    admin = bucket.server.admin
    entered = replace(elsewhere, credentials={"secret_access_key": admin.secret})
    source = bucket.source(bucket="no-such-bucket", access_key_id=admin.id)
    assert "has no bucket no-such-bucket. Check its name" in refused(entered, source)


def test_a_secret_that_is_not_the_keys_is_told(elsewhere: Elsewhere, bucket: BucketPlace) -> None:
    entered = replace(elsewhere, credentials={"secret_access_key": "open-sesame"})
    error = refused(entered, bucket.source())
    assert f"The secret is not that of the access key {bucket.reader.id}" in error
    assert "sesame" not in error


def test_a_server_that_is_not_there_or_another_one_is_told(
    elsewhere: Elsewhere, bucket: BucketPlace, site: Site
) -> None:
    nobody = bucket.source(endpoint=f"http://127.0.0.1:{free_port()}")
    assert "did not answer: the connection was refused" in refused(elsewhere, nobody)
    other = refused(elsewhere, bucket.source(endpoint=site.url))
    assert "answered with 404" in other
    assert "it must be the server's S3 interface" in other


def test_a_certificate_must_be_signed_by_somebody_who_is_trusted(
    elsewhere: Elsewhere, bucket: BucketPlace, tmp_path: Path
) -> None:
    bucket.put("a.csv", ORDERS)
    tls, trusted = certificate(tmp_path)
    with gate(bucket.server.port, tls=tls) as way:
        source = bucket.source(endpoint=f"https://127.0.0.1:{way.port}")
        assert "has a certificate that is not trusted: self" in refused(elsewhere, source)
        said = elsewhere.take(**source, ca_certificate=trusted.read_text())
    assert "a.csv: 2 rows loaded" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost", "[::1]"])
def test_S45_addresses_of_the_machine_and_of_clouds_are_not_asked(
    elsewhere: Elsewhere, bucket: BucketPlace, host: str
) -> None:
    guarded = elsewhere.with_settings(allowed_networks="")
    error = refused(guarded, bucket.source(endpoint=f"http://{host}:9"))
    assert "is an address that the platform does not connect to" in error


def test_S46_the_address_that_was_checked_is_the_one_that_is_connected_to(
    elsewhere: Elsewhere, bucket: BucketPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name has no address but the one that it had when it was checked; it is what is signed."""

    def guard(settings: object) -> NetworkGuard:  # noqa: ARG001  # the function's signature
        return NetworkGuard(names=frozenset({"s3.invalid"}), resolve=lambda *_: ["127.0.0.1"])

    monkeypatch.setattr(web, "network_guard", guard)
    bucket.put("a.csv", ORDERS)
    elsewhere.take(**bucket.source(endpoint=f"http://S3.invalid:{bucket.server.port}"))
    assert elsewhere.rows() == 2


def test_the_machines_own_credentials_are_for_buckets_that_are_listed(
    elsewhere: Elsewhere, bucket: BucketPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.reader.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.reader.secret)
    bucket.put("a.csv", ORDERS)
    nobodys, source = replace(elsewhere, credentials=None), bucket.source(access_key_id=None)
    for listed in ("", f"{bucket.server.url}/other", f"https://other/{bucket.name}"):
        with pytest.raises(BucketNotAllowedError, match="DATAVIZ_IMPORT_BUCKETS"):
            nobodys.with_settings(import_buckets=listed).take(**source)
    allowed = nobodys.with_settings(import_buckets=f"{bucket.server.url}/{bucket.name}")
    assert "a.csv: 2 rows loaded" in allowed.take(**source)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(DatavizError, match="has no credentials for buckets"):
        allowed.take(**source)


def test_F57_the_secret_stands_in_no_log_and_no_row(
    elsewhere: Elsewhere, bucket: BucketPlace
) -> None:
    bucket.put("a.csv", ORDERS)
    said = elsewhere.take(**bucket.source())
    assert bucket.reader.secret not in said
    assert elsewhere.holding(bucket.reader.secret) == []
    assert elsewhere.holding(bucket.reader.id) == ["audit_logs", "scheduler_jobs"]
