"""What administrators set for the whole platform, by key. Which keys there are is for the platform to say."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.configuration.values import check_setting
from dataviz_pipelines.core.crud import Collection, Row, find_row, update_row
from dataviz_pipelines.core.models.tables import Base, SystemSetting
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Everybodys

SETTINGS: Final = Collection(
    name="settings",
    one="setting",
    table=Base.metadata.tables[SystemSetting.__tablename__],
    policy=Everybodys("system_settings", public="item.is_public"),
    filters=("setting_key", "is_public"),
    sorts=("setting_key", "updated_at"),
    order="setting_key",
)


def get_setting(connection: Connection, caller: Caller, key: str) -> Row:
    return find_row(connection, caller, SETTINGS, "setting_key", key)


def change_setting(
    connection: Connection,
    caller: Caller,
    key: str,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    known = get_setting(connection, caller, key)
    if "setting_value" in values:
        check_setting(key, values["setting_value"])
    return update_row(connection, caller, SETTINGS, known["id"], values, if_match=if_match)
