import socket
from contextlib import ExitStack

import pytest

from dataviz_pipelines.local.errors import PortBusyError
from dataviz_pipelines.local.ports import any_free_port, choose_port, is_free, reserved


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port = any_free_port()
    assert choose_port(None, port, purpose="the API", remedy="") == port


def test_another_port_is_chosen_when_none_was_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        chosen = choose_port(None, taken, purpose="the API", remedy="")
    assert chosen != taken


def test_a_busy_port_that_was_asked_for_is_named_with_its_purpose_and_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(PortBusyError) as caught:
            choose_port(taken, None, purpose="the API", remedy="Choose another.")
    assert str(caught.value) == f"Port {taken} for the API is already in use. Choose another."


def test_two_platforms_that_start_at_once_do_not_choose_the_same_port() -> None:
    """Neither listens yet, so the port is still free when the second one looks."""
    preferred = any_free_port()
    with ExitStack() as first, ExitStack() as second:
        chosen = [
            choose_port(
                None,
                preferred,
                purpose="the API",
                remedy="",
                reserve=lambda port, held=held: held.enter_context(reserved(port)),  # type: ignore[misc]  # mypy infers no default
            )
            for held in (first, second)
        ]
    assert chosen[0] == preferred
    assert chosen[1] != preferred
    with reserved(preferred) as is_ours:
        assert is_ours, "a reservation ends with the platform"
