"""The garbage collector is the process's: who is done first must not switch it on for the others."""

import gc

import pytest

from dataviz_pipelines.core.collecting import without_collecting


def test_collecting_goes_on_when_the_last_user_is_done() -> None:
    with without_collecting():
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collecting_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="of the work"), without_collecting():
        raise ValueError("of the work")
    assert gc.isenabled()
