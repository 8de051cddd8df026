"""A real PostgreSQL for every test that asks for one: a fresh clone of one migrated and seeded template database.

All workers of one pytest run share a server and a template. The server is ours, started for the run, unless
DATAVIZ_TEST_DATABASE_URL names another one (its role must be allowed to create databases and roles).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from sqlalchemy import Engine, make_url

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import locks
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.postgres import running, stop_if_unused
from tests import store

# A busy machine fails no test, and one database serves all examples of a test.
hypothesis_settings.register_profile(
    "ours",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("ours")

# What makes real installations safe makes tests slow, and a lost test database costs nothing.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
    "shared_buffers": "128MB",
}
_MEMORY = Path("/dev/shm")  # noqa: S108  # folders in it are private
_OURS = "dataviz-tests-"
_ROOM_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class Template:
    """The database that tests clone, the role its grants name, and the home in which it was set up."""

    database: str
    app_url: str
    home: str


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DATAVIZ_") and not name.startswith(
            ("DATAVIZ_TEST_", "DATAVIZ_REQUIRE_")
        ):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of this pytest run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def server_url(run_folder: Path) -> Iterator[str]:
    """URL of a role that may create databases, on the database `postgres` or the one that was configured."""
    configured = os.environ.get("DATAVIZ_TEST_DATABASE_URL")
    if configured is not None:
        yield configured
        return
    for abandoned in (
        *run_folder.parent.glob("pytest-*/postgres"),
        *_MEMORY.glob(f"{_OURS}*/postgres"),
    ):
        stop_if_unused(_cluster(abandoned.parent))
        locks.leave_if_unused(abandoned, partial(_forget, abandoned.parent))
    folder = _server_folder(run_folder)
    with (
        locks.shared_use(
            run_folder / "server", enter=lambda: None, leave_last=partial(_forget, folder)
        ),
        running(_cluster(folder)) as address,
    ):
        yield address.url("postgres")


@pytest.fixture(scope="session")
def template(run_folder: Path, server_url: str) -> Iterator[Template]:
    record = run_folder / "template.json"
    with locks.shared_use(
        run_folder / "template",
        enter=partial(_ensure_template, record, server_url),
        leave_last=partial(_drop_template, record, server_url),
    ) as made:
        yield made


@pytest.fixture
def empty_database_settings(server_url: str, tmp_path: Path) -> Iterator[Settings]:
    """A fresh database with nothing in it, and a home folder that does not exist yet."""
    name = f"dataviz_test_{uuid4().hex[:12]}"
    store.create_database(server_url, name)
    yield _settings(tmp_path / "home", server_url, name)
    store.drop_database(server_url, name)
    store.drop_role(server_url, f"{name}_app")


@pytest.fixture
def database_settings(template: Template, server_url: str, tmp_path: Path) -> Iterator[Settings]:
    """A database as `set_up` leaves it, migrated and seeded, with a home of its own."""
    name = f"dataviz_test_{uuid4().hex[:12]}"
    store.create_database(server_url, name, template=template.database)
    home = tmp_path / "home"
    shutil.copytree(template.home, home)
    app_url = make_url(template.app_url).set(database=name)
    yield _settings(home, server_url, name, app_url=app_url.render_as_string(hide_password=False))
    store.drop_database(server_url, name)


@pytest.fixture
def owner_engine(database_settings: Settings) -> Iterator[Engine]:
    engine = create_database_engine(
        database_urls(database_settings).owner, application_name="test owner"
    )
    yield engine
    engine.dispose()


@pytest.fixture
def app_engine(database_settings: Settings) -> Iterator[Engine]:
    """As the role that the API and the pipelines use: rows but no DDL."""
    engine = create_database_engine(
        database_urls(database_settings).app, application_name="test app"
    )
    yield engine
    engine.dispose()


def _server_folder(run_folder: Path) -> Path:
    """In memory where there is room: a database is hundreds of files, and making them there takes a tenth of the time."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    name = hashlib.sha256(str(run_folder).encode()).hexdigest()[:16]
    return _MEMORY / f"{_OURS}{name}" if has_room else run_folder


def _forget(folder: Path) -> None:
    """What a test run keeps in memory would stay until the machine is started again."""
    if folder.parent == _MEMORY:
        shutil.rmtree(folder, ignore_errors=True)


def _cluster(folder: Path) -> Cluster:
    return Cluster(
        directory=folder / "postgres",
        password_file=folder / "postgres_keys" / "owner.password",
        log_file=folder / "postgres.log",
        options=_FAST,
    )


def _ensure_template(record: Path, server_url: str) -> Template:
    if record.exists():
        return Template(**json.loads(record.read_text()))
    name = f"dataviz_template_{uuid4().hex[:12]}"
    home = record.parent / "template_home"
    store.create_database(server_url, name)
    settings = _settings(home, server_url, name)
    set_up(settings)
    app_url = database_urls(settings).app.render_as_string(hide_password=False)
    made = Template(database=name, app_url=app_url, home=str(home))
    record.write_text(json.dumps(asdict(made)))
    return made


def _drop_template(record: Path, server_url: str) -> None:
    made = Template(**json.loads(record.read_text()))
    record.unlink()
    store.drop_database(server_url, made.database)
    store.drop_role(server_url, str(make_url(made.app_url).username))


def _settings(
    home: Path, server_url: str, database: str, *, app_url: str | None = None
) -> Settings:
    url = make_url(server_url).set(database=database).render_as_string(hide_password=False)
    return Settings(
        home=home,
        database_url=SecretStr(url),
        app_database_url=None if app_url is None else SecretStr(app_url),
    )
