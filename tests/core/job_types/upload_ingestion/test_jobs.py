"""The type as the scheduler runs it, and on whose behalf."""

import subprocess
import sys
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import insert

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.ingestion.uploading.errors import (
    InvalidUploadError,
    TemplateInactiveError,
)
from dataviz_pipelines.core.ingestion.uploading.reporting import unreported_uploads
from dataviz_pipelines.core.models.tables import ResourcePermission
from dataviz_pipelines.core.scheduling.checks import check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from dataviz_pipelines.core.scheduling.operating import cancel_job
from dataviz_pipelines.core.security.errors import OwnerGoneError, PermissionDeniedError
from tests.core.job_types.upload_ingestion.elsewhere import Elsewhere, Site
from tests.core.scheduling.conftest import jobs
from tests.core.scheduling.given import NOON, Jobs
from tests.servers.buckets import BucketPlace
from tests.servers.gates import gate
from tests.servers.sftp import SftpPlace

__all__ = ["jobs"]
Saved = Callable[[dict[str, object]], UUID]


@pytest.fixture
def saved(jobs: Jobs, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Saved:
    """A job that is due."""
    monkeypatch.setenv("DATAVIZ_IMPORT_FOLDERS", str(elsewhere.root))

    def save(source: dict[str, object]) -> UUID:
        job = jobs.add(owner=elsewhere.owner)
        target = {
            "target_resource_type": "upload_template",
            "target_resource_id": elsewhere.template_id,
        }
        config = {"from": source}
        jobs.set(job, job_type="upload_ingestion", job_config=config, **target)
        if elsewhere.credentials is not None:
            elsewhere.enter(job, config)
        jobs.tick()
        return job

    return save


def test_a_job_loads_a_folder_and_dagster_is_told_of_its_uploads(
    jobs: Jobs, elsewhere: Elsewhere, saved: Saved
) -> None:
    elsewhere.owner = jobs.person(is_admin=True)
    elsewhere.put("a.csv")
    job = saved({"kind": "folder", "path": str(elsewhere.folder)})
    assert jobs.work() == ["succeeded"]
    assert "a.csv: 2 rows loaded" in jobs.runs(job)[0].output_log
    assert [each.file_name for each in unreported_uploads(jobs.engine)] == ["a.csv"]
    assert elsewhere.query("SELECT created_by FROM upload_history") == [(elsewhere.owner,)]


def test_F45_killed_in_the_middle_of_a_download_nothing_is_half_loaded(
    jobs: Jobs, elsewhere: Elsewhere, site: Site, saved: Saved
) -> None:
    job = saved({"kind": "https", "urls": [f"{site.url}/half.csv"]})
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.extend(jobs.work()))
    thread.start()
    assert site.half_sent.wait(120)
    with jobs.engine.begin() as connection:
        cancel_job(connection, job, now=NOON)
    thread.join()
    assert ended == ["cancelled"]
    assert elsewhere.uploads() == []
    assert elsewhere.rows() == 0
    elsewhere.take(kind="https", urls=[f"{site.url}/ok.csv"])
    assert elsewhere.rows() == 2


@pytest.mark.parametrize("kind", ["bucket", "sftp"])
def test_F45_killed_while_it_fetches_nothing_is_half_loaded_and_the_next_run_loads_it(
    jobs: Jobs, elsewhere: Elsewhere, saved: Saved, kind: str, request: pytest.FixtureRequest
) -> None:
    place: BucketPlace | SftpPlace = request.getfixturevalue(kind)
    place.put("a.csv", b"name,amount\n" + b"bolt,2\n" * 100_000)
    elsewhere.credentials = place.credentials
    with gate(place.server.port if isinstance(place, BucketPlace) else place.port) as way:
        way.most_bytes = 300_000
        changes = (
            {"endpoint": f"http://127.0.0.1:{way.port}"} if kind == "bucket" else {"port": way.port}
        )
        job = saved(place.source(**changes))
        ended: list[str] = []
        thread = threading.Thread(target=lambda: ended.extend(jobs.work()))
        thread.start()
        assert way.stopped.wait(120)
        with jobs.engine.begin() as connection:
            cancel_job(connection, job, now=NOON)
        thread.join()
    assert ended == ["cancelled"]
    assert elsewhere.uploads() == []
    assert elsewhere.rows() == 0
    elsewhere.take(**place.source())
    assert elsewhere.rows() == 100_000


def test_a_job_that_nobody_has_given_credentials_says_so(
    jobs: Jobs, saved: Saved, sftp: SftpPlace
) -> None:
    job = saved(sftp.source())
    assert jobs.work() == ["failed"]
    assert jobs.runs(job)[0].error_log == (
        "Nobody has entered the credentials of this job. "
        "Whoever may edit the job can, with `dataviz jobs credentials` or over HTTP."
    )


def test_whose_owner_may_not_use_the_template_any_more_loads_nothing(
    jobs: Jobs, elsewhere: Elsewhere
) -> None:
    elsewhere.put("a.csv")
    elsewhere.owner = jobs.person()
    with pytest.raises(InvalidUploadError, match="There is no such upload template"):
        elsewhere.take()
    let_see(elsewhere)
    with pytest.raises(PermissionDeniedError, match="uploads:create"):
        elsewhere.take()
    elsewhere.owner = jobs.person(is_admin=True, is_active=False)
    with pytest.raises(OwnerGoneError):
        elsewhere.take()
    assert elsewhere.uploads() == []


def let_see(elsewhere: Elsewhere) -> None:
    with elsewhere.engine.begin() as connection:
        connection.execute(
            insert(ResourcePermission).values(
                resource_type="upload_template",
                resource_id=elsewhere.template_id,
                principal_type="user",
                principal_id=elsewhere.owner,
                permission_type="view",
            )
        )


def test_a_template_that_is_not_active_takes_nothing(elsewhere: Elsewhere) -> None:
    elsewhere.put("a.csv")
    with elsewhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE upload_templates SET is_active = false")
    with pytest.raises(TemplateInactiveError):
        elsewhere.take()


def test_libraries_of_places_are_loaded_by_nobody_else() -> None:
    program = (
        "import sys, api.app, dataviz_pipelines.core.job_types.worker\n"
        "import dataviz_pipelines.core.job_types.upload_ingestion.taking\n"
        "assert not {'asyncssh', 'botocore'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_job_that_names_no_template_is_refused_when_it_is_saved(jobs: Jobs) -> None:
    with pytest.raises(JobInvalidError) as raised:
        check_config({"job_type": "upload_ingestion"}, jobs.scheduling.runners)
    fault = Fault("/target_resource_type", "the job works on a upload_template")
    assert raised.value.faults == [fault]
