"""What each known key takes."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from dataviz_pipelines.core.configuration.errors import InvalidValueError
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.settings import SystemSettings, UserPreferences

SETTINGS: Final = SystemSettings.model_fields
MAX_CHARACTERS: Final = 16_384
PREFERENCES: Final = UserPreferences.model_fields


def check_setting(key: str, value: Any) -> None:
    """Raises InvalidValueError, also for a key that this version of the platform does not know."""
    if key not in SETTINGS:
        raise InvalidValueError(key, [Fault("/setting_value", "this version does not know it")])
    _check(SystemSettings, key, value, place="/setting_value")


def check_preference(key: str, value: Any) -> None:
    """Pages may keep what they like under keys of their own, within bounds."""
    if len(json.dumps(value)) > MAX_CHARACTERS:
        message = f"it is longer than {MAX_CHARACTERS:,} characters of JSON"
        raise InvalidValueError(key, [Fault("/preference_value", message)])
    if key in PREFERENCES:
        _check(UserPreferences, key, value, place="/preference_value")


def _check(model: type[Document], key: str, value: Any, *, place: str) -> None:
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        faults = [_fault(place, each) for each in error.errors(include_url=False)]
        raise InvalidValueError(key, faults) from error


def _fault(place: str, error: Mapping[str, Any]) -> Fault:
    _, *path = error["loc"]
    return Fault(place + "".join(f"/{step}" for step in path), error["msg"])
