from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from tests.core.job_types.upload_ingestion.elsewhere import Elsewhere, Site
from tests.core.job_types.upload_ingestion.elsewhere import site as site_that_runs
from tests.dropbox import DropBox
from tests.servers.buckets import bucket, bucket_server
from tests.servers.sftp import openssh, sftp

__all__ = ["bucket", "bucket_server", "openssh", "sftp"]


@pytest.fixture
def elsewhere(database_settings: Settings, app_engine: Engine, tmp_path: Path) -> Elsewhere:
    root = tmp_path / "exports"
    (root / "shop").mkdir(parents=True)
    allowed = {"import_folders": str(root), "allowed_networks": "127.0.0.1"}
    settings = database_settings.model_copy(update=allowed)
    template = DropBox(settings, app_engine).add_template(max_file_size_mb=1)
    return Elsewhere(app_engine, settings, template.id, root)


@pytest.fixture
def site() -> Iterator[Site]:
    with site_that_runs() as made:
        yield made
