"""`up` over the small platform: python -m tests.local.small HOME."""

import sys
from pathlib import Path

from dataviz_pipelines.core.accounts.first_admin import FirstAdmin
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.record import UpRecord
from dataviz_pipelines.local.services import Modules
from dataviz_pipelines.local.up import Reports, up


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def announce(settings: Settings, record: UpRecord, first_admin: FirstAdmin | None) -> None:
    if first_admin is not None:
        with (settings.root / "shown").open("a") as shown:
            shown.write(f"{first_admin.password}\n")
    say(f"READY {record.pid}")


up(
    Settings(home=Path(sys.argv[1])),
    reports=Reports(notify=say, ready=announce),
    modules=Modules("tests.local.small.definitions", "tests.local.small.api:create_app"),
)
