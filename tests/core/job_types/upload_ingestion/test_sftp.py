"""Files of SFTP servers: which are taken, what is taken again, and what is said when it cannot be."""

import os
import socket
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.job_types.upload_ingestion import sftp as place
from dataviz_pipelines.core.job_types.upload_ingestion import sftp_sessions
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    FileChangedError,
    PlaceTooLargeError,
    ServerUnknownError,
)
from dataviz_pipelines.core.network import NetworkGuard
from tests.core.job_types.upload_ingestion.elsewhere import OTHER, Elsewhere, names, refused
from tests.core.job_types.upload_ingestion.memory import MIB, read_within
from tests.dropbox import ORDERS
from tests.servers.gates import gate
from tests.servers.processes import free_port
from tests.servers.sftp import SftpPlace, password_server

OTHER_KEY = f"SHA256:{'A' * 43}"


@pytest.fixture
def elsewhere(elsewhere: Elsewhere, sftp: SftpPlace) -> Elsewhere:
    return replace(elsewhere, credentials=sftp.credentials)


def test_files_are_loaded_once_and_again_only_when_they_change(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    sftp.put("a.csv", ORDERS, age_s=90_000)
    sftp.put("b.csv", ORDERS)
    said = elsewhere.take(**sftp.source())
    assert "a.csv: 2 rows loaded, 0 rejected" in said
    assert "b.csv: the same content was loaded before" in said
    assert "Files: 2, unchanged since they were loaded: 2" in elsewhere.take(**sftp.source())
    sftp.put("a.csv", OTHER)
    assert "a.csv: 1 rows loaded" in elsewhere.take(**sftp.source())
    assert elsewhere.rows() == 3
    assert sorted(os.listdir(sftp.folder)) == ["a.csv", "b.csv"]  # noqa: PTH208  # names as they are


def test_pattern_and_subfolders_choose_and_links_are_not_taken(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    for name in ("ä b.csv", "b.txt", "in/c.csv", ".d.csv", "e.csv.part", ".in/f.csv"):
        sftp.put(name, ORDERS)
    Path(os.fsdecode(os.fsencode(sftp.folder) + b"/\xff.csv")).write_bytes(OTHER)
    os.utime(Path(os.fsdecode(os.fsencode(sftp.folder) + b"/\xff.csv")), (1, 1))
    (sftp.folder / "link.csv").symlink_to(sftp.folder / "b.txt")
    (sftp.folder / "linked").symlink_to(sftp.folder / "in")
    chosen = sftp.source(pattern="*.csv")
    assert names(elsewhere, chosen) == ["\\xff.csv", "ä b.csv"]
    assert sorted(names(elsewhere, {**chosen, "subfolders": True})) == [
        *("\\xff.csv", "in/c.csv", "ä b.csv"),
    ]
    assert "\\xff.csv: 1 rows loaded" in elsewhere.take(**chosen)


def test_R11_a_file_that_grows_waits_and_one_that_stays_is_taken(
    elsewhere: Elsewhere, sftp: SftpPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's clock is ahead, so that only a second look can tell."""
    sftp.put("grows.csv", ORDERS, age_s=-600)
    sftp.put("stays.csv", ORDERS, age_s=-600)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        sftp.put("grows.csv", ORDERS + b"nail,1\n", age_s=-600)

    monkeypatch.setattr(place.time, "sleep", wait)
    assert names(elsewhere, sftp.source()) == ["stays.csv"]
    assert waited == [5.0]


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    sftp.put("a.csv", ORDERS)
    with ExitStack() as stack:
        (file,) = elsewhere.find(stack, sftp.source())
        with file.open(None) as opened:
            assert opened is not None
            assert next(opened.chunks) == ORDERS
            sftp.put("a.csv", ORDERS + b"nail,1\n")
            with pytest.raises(FileChangedError):
                list(opened.chunks)


def test_a_file_that_may_not_be_read_or_went_stops_no_other(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    sftp.put("closed.csv", ORDERS).chmod(0)
    sftp.put("ok.csv", OTHER)
    said, error = elsewhere.failing(**sftp.source())
    assert "closed.csv cannot be read: permission denied" in error
    assert "ok.csv: 1 rows loaded" in said
    with ExitStack() as stack:
        gone = elsewhere.find(stack, sftp.source(pattern="ok.csv"))[0]
        (sftp.folder / "ok.csv").unlink()
        with pytest.raises(DatavizError, match=r"ok\.csv cannot be read: it is not there"):
            stack.enter_context(gone.open(None))


def test_S55_a_file_above_the_limit_is_not_received(elsewhere: Elsewhere, sftp: SftpPlace) -> None:
    sftp.put("big.csv", b"name,amount\n" + b"bolt,2\n" * 200_000)
    sftp.put("ok.csv", ORDERS)
    said, error = elsewhere.failing(**sftp.source())
    assert "big.csv: The file has more than 1 MB" in error
    assert "ok.csv: 2 rows loaded" in said
    assert [path.name for path in elsewhere.received()] == ["ok.csv"]


def test_a_large_file_is_never_held_whole(elsewhere: Elsewhere, sftp: SftpPlace) -> None:
    sftp.put("large.csv", b"x" * 64 * MIB)
    with ExitStack() as stack:
        (file,) = elsewhere.find(stack, sftp.source())
        size, most = read_within(file)
    assert size == 64 * MIB
    assert most < 16


def test_a_folder_with_too_much_in_it_is_told(
    elsewhere: Elsewhere, sftp: SftpPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        sftp.put(f"{number}.csv", ORDERS)
    monkeypatch.setattr(place, "MOST_LISTED", 5)  # with . and ..
    with pytest.raises(PlaceTooLargeError, match="Move what is loaded elsewhere"):
        names(elsewhere, sftp.source())


def test_a_server_with_another_key_is_not_logged_in_to_and_its_key_is_told(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    with pytest.raises(ServerUnknownError) as raised:
        elsewhere.take(**sftp.source(host_keys=[OTHER_KEY]))
    assert f"shows the host key ssh-ed25519 {sftp.fingerprint}" in str(raised.value)
    assert "only then put it into host_keys" in str(raised.value)
    sftp.put("a.csv", ORDERS)
    elsewhere.take(**sftp.source(host_keys=[OTHER_KEY, sftp.fingerprint]))
    assert elsewhere.rows() == 2


def test_a_password_is_told_to_no_server_whose_key_is_another(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    with password_server(tmp_path) as server:
        entered = replace(elsewhere, credentials=server.credentials)
        assert "shows the host key ssh-rsa SHA256:" in refused(
            entered, server.source(host_keys=[OTHER_KEY])
        )
        assert server.passwords == []


def test_a_password_logs_in_and_another_one_does_not(elsewhere: Elsewhere, tmp_path: Path) -> None:
    with password_server(tmp_path) as server:
        server.put("a.csv", ORDERS)
        wrong = replace(elsewhere, credentials={"password": "open-barley"})
        error = refused(wrong, server.source())
        assert "does not let ada in. Check the user" in error
        assert "barley" not in error
        entered = replace(elsewhere, credentials=server.credentials)
        assert "a.csv: 2 rows loaded" in entered.take(**server.source())


def test_a_key_that_the_server_does_not_know_is_told(elsewhere: Elsewhere, sftp: SftpPlace) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key(passphrase="sesame")
    entered = {"private_key": key.decode(), "passphrase": "sesame"}
    error = refused(replace(elsewhere, credentials=entered), sftp.source())
    assert f"does not let {sftp.user} in" in error


def test_a_server_that_offers_no_sftp_is_told(elsewhere: Elsewhere, tmp_path: Path) -> None:
    with password_server(tmp_path, offers_sftp=False) as server:
        entered = replace(elsewhere, credentials=server.credentials)
        assert "let ada in, but does not offer SFTP" in refused(entered, server.source())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "nowhere.invalid"}, "The name nowhere.invalid has no address"),
        ({"path": "/no/such/folder"}, "/no/such/folder of 127.0.0.1"),
        ({"path": "/no/such/folder"}, "cannot be read: it is not there"),
        ({"path": "/root/x"}, "cannot be read: permission denied"),
    ],
)
def test_a_place_that_cannot_be_read_is_told_with_what_helps(
    elsewhere: Elsewhere, sftp: SftpPlace, changes: dict[str, str], said: str
) -> None:
    assert said in refused(elsewhere, sftp.source(**changes))


def test_a_port_where_nobody_or_another_server_is_is_told(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    assert "refused the connection" in refused(elsewhere, sftp.source(port=free_port()))
    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=_be_rude, args=(other,))
        thread.start()
        error = refused(elsewhere, sftp.source(port=other.getsockname()[1]))
        thread.join()
    assert "could not be talked to by SSH" in error


def _be_rude(server: socket.socket) -> None:
    client, _ = server.accept()
    with client:
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    elsewhere: Elsewhere, sftp: SftpPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_sessions, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        error = refused(elsewhere, sftp.source(port=mute.getsockname()[1]))
    assert "did not answer within" in error


def test_a_connection_that_breaks_off_half_way_leaves_nothing(
    elsewhere: Elsewhere, sftp: SftpPlace
) -> None:
    sftp.put("a.csv", b"name,amount\n" + b"bolt,2\n" * 100_000)
    with gate(sftp.port) as way:
        way.most_bytes = 300_000
        errors: list[str] = []

        def take() -> None:
            errors.append(elsewhere.failing(**sftp.source(port=way.port))[1])

        thread = threading.Thread(target=take)
        thread.start()
        assert way.stopped.wait(60)
        assert elsewhere.uploads() == []
        way.cut()
        thread.join()
    assert "broke off" in errors[0]
    assert (elsewhere.received(), elsewhere.uploads()) == ([], [])


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost", "::1"])
def test_S45_addresses_of_the_machine_and_of_clouds_are_not_connected_to(
    elsewhere: Elsewhere, sftp: SftpPlace, host: str
) -> None:
    guarded = elsewhere.with_settings(allowed_networks="")
    error = refused(guarded, sftp.source(host=host))
    assert "is an address that the platform does not connect to" in error


def test_S46_the_address_that_was_checked_is_the_one_that_is_connected_to(
    elsewhere: Elsewhere, sftp: SftpPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name has no address but the one that it had when it was checked."""

    def guard(settings: object) -> NetworkGuard:  # noqa: ARG001  # the function's signature
        return NetworkGuard(names=frozenset({"sftp.invalid"}), resolve=lambda *_: ["127.0.0.1"])

    monkeypatch.setattr(sftp_sessions, "network_guard", guard)
    sftp.put("a.csv", ORDERS)
    elsewhere.take(**sftp.source(host="sftp.invalid"))
    assert elsewhere.rows() == 2


def test_F57_secrets_stand_in_no_log_and_no_row(elsewhere: Elsewhere, tmp_path: Path) -> None:
    with password_server(tmp_path) as server:
        server.put("a.csv", ORDERS)
        entered = replace(elsewhere, credentials=server.credentials)
        said = entered.take(**server.source())
    assert "sesame" not in said
    assert elsewhere.holding("sesame") == []
    assert elsewhere.holding(server.fingerprint) == ["audit_logs", "scheduler_jobs"]
