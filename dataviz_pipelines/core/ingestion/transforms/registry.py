"""Python functions that a template may call by name: registered by a decorator, found in the modules a setting names."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from dataviz_pipelines.core.errors import ConfigurationError

if TYPE_CHECKING:  # who only checks templates does without pandas
    import pandas as pd

TransformFunction = Callable[["pd.DataFrame"], "pd.DataFrame"]
_MARK = "__dataviz_transform__"


def register_transform(name: str) -> Callable[[TransformFunction], TransformFunction]:
    """Marks a function for `load_transforms`. It takes and returns a pandas frame of text with the same index."""

    def mark(function: TransformFunction) -> TransformFunction:
        setattr(function, _MARK, name)
        return function

    return mark


def load_transforms(modules: Sequence[str]) -> Mapping[str, TransformFunction]:
    """Imports the modules. Raises ConfigurationError for one that cannot be imported, and for a name given twice."""
    functions: dict[str, TransformFunction] = {}
    for module_name in modules:
        for name, function in _marked(_imported(module_name)):
            if functions.setdefault(name, function) is not function:
                raise ConfigurationError(
                    f"Two transform functions are registered as {name!r}, one of them in {module_name}.",
                    remedy="Give one of them another name.",
                )
    return functions


def _imported(module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except Exception as error:  # the module is a user's; whatever stops its import is to be shown
        raise ConfigurationError(
            f"The module {module_name} of transform functions cannot be imported: {error!r}.",
            remedy="Correct DATAVIZ_TRANSFORM_MODULES, or the module.",
        ) from error


def _marked(module: ModuleType) -> list[tuple[str, TransformFunction]]:
    members = vars(module).values()
    return [
        (getattr(each, _MARK), each)
        for each in members
        if isinstance(getattr(each, _MARK, None), str)
    ]
