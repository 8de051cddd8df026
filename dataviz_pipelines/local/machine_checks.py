"""What `doctor` can tell without the database: settings, files and ports of this machine."""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from dataviz_pipelines.core.settings import DEFAULT_API_PORT, Settings
from dataviz_pipelines.local.findings import Finding, fail, ok, warn
from dataviz_pipelines.local.folder_checks import check_drop_box
from dataviz_pipelines.local.ports import LOOPBACK, is_free
from dataviz_pipelines.local.record import read_record

_FREE_WARN_BYTES = 5 * 1024**3
_FREE_FAIL_BYTES = 1024**3
_OUTSIDERS = stat.S_IRWXG | stat.S_IRWXO
_NOT_SETTINGS = ("DATAVIZ_TEST_", "DATAVIZ_REQUIRE_", "DATAVIZ_DAGSTER_URL", "DATAVIZ_CODE_SERVER_PORT", "DATAVIZ_SERVICE_OF")  # fmt: skip


def check_machine(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    return [
        check_configuration(environment),
        check_home(settings),
        check_disk(settings),
        check_drop_box(settings),
        check_keys(settings),
        *check_ports(settings),
    ]


def check_configuration(environment: Mapping[str, str]) -> Finding:
    """Settings ignore what they do not know, so a misspelt variable would go unnoticed."""
    known = {f"DATAVIZ_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in environment
        if name.startswith("DATAVIZ_") and name not in known and not name.startswith(_NOT_SETTINGS)
    )
    if unknown:
        return warn(
            "configuration",
            f"Not a setting: {', '.join(unknown)}.",
            "Correct the spelling or unset it.",
        )
    return ok("configuration", "Every DATAVIZ_ variable is a known setting.")


def check_home(settings: Settings) -> Finding:
    home = settings.root
    nearest = _nearest(home)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return fail(
            "home", f"{home} cannot be written.", f"Check who owns {nearest}, or set DATAVIZ_HOME."
        )
    if not home.exists():
        return warn("home", f"{home} does not exist yet.", "`dataviz up` makes it.")
    if stat.S_IMODE(home.stat().st_mode) & _OUTSIDERS:
        return warn("home", f"{home} can be entered by others.", f"Run: chmod 700 {home}")
    return ok("home", f"{home} can be written, and only by its owner.")


def check_disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.root)).free
    message = f"{free / 1024**3:.1f} GiB are free for {settings.root}."
    remedy = "Free some space, or set DATAVIZ_HOME to a larger disk."
    if free < _FREE_FAIL_BYTES:
        return fail("disk", message, remedy)
    return warn("disk", message, remedy) if free < _FREE_WARN_BYTES else ok("disk", message)


def check_keys(settings: Settings) -> Finding:
    """Passwords and encryption keys; the commands below name files, never their content."""
    if not settings.keys.exists():
        return warn("keys", f"{settings.keys} does not exist yet.", "`dataviz up` makes it.")
    open_to_others = [
        path
        for path in (settings.keys, *sorted(settings.keys.rglob("*")))
        if stat.S_IMODE(path.stat().st_mode) & _OUTSIDERS
    ]
    if open_to_others:
        names = ", ".join(map(str, open_to_others))
        return fail(
            "keys", f"Others may read: {names}.", f"Run: chmod -R u=rwX,go= {settings.keys}"
        )
    return ok("keys", "Only the owner can read the keys.")


def check_ports(settings: Settings) -> list[Finding]:
    if read_record(settings) is not None:
        return [ok("ports", "The platform runs and has its ports.")]
    return [
        _check_port(
            "api port", settings.host, settings.api_port, DEFAULT_API_PORT, "DATAVIZ_API_PORT"
        ),
        _check_port("dagster port", LOOPBACK, settings.dagster_port, 3000, "DATAVIZ_DAGSTER_PORT"),
    ]


def _check_port(check: str, host: str, asked: int | None, usual: int, variable: str) -> Finding:
    port = usual if asked is None else asked
    if is_free(port, host=host):
        return ok(check, f"Port {port} is free.")
    remedy = f"Stop what uses it, or change {variable}."
    if asked is None:
        return warn(check, f"Port {port} is in use; `up` will choose a free one.", remedy)
    return fail(check, f"Port {port} was asked for and is in use.", remedy)


def _nearest(path: Path) -> Path:
    """The path itself or the closest folder above it that exists."""
    return path if path.exists() else _nearest(path.parent)
