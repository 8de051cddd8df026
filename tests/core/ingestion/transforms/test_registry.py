"""Python functions that templates may call: found by the modules that a setting names."""

import sys
from types import ModuleType

import pandas as pd
import pytest

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.ingestion.transforms import load_transforms, register_transform


@register_transform("shout")
def shout(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=str.upper)


def module_with(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> str:
    module = ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)
    return name


def test_marked_functions_are_found_by_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name = module_with(monkeypatch, "shop_transforms", anything=shout, other=len)
    assert load_transforms([name, name]) == {"shout": shout}
    assert load_transforms([]) == {}


def test_a_name_registered_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    @register_transform("shout")
    def whisper(frame: pd.DataFrame) -> pd.DataFrame:
        return frame

    name = module_with(monkeypatch, "shop_transforms", first=shout, second=whisper)
    with pytest.raises(ConfigurationError, match="'shout', one of them in shop_transforms"):
        load_transforms([name])


def test_a_module_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no_such_module_of_transforms"):
        load_transforms(["no_such_module_of_transforms"])
