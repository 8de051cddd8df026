"""What a job logs in with elsewhere, over HTTP: sealed, for whoever may edit the job, and never shown again."""

import logging
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from dataviz_pipelines.core.job_types.upload_ingestion.config import UploadIngestionConfig
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.scheduling.credentials import opened
from dataviz_pipelines.core.scheduling.errors import CredentialsMissingError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.secrets import key_source, rotate_keys
from dataviz_pipelines.core.secrets.errors import TamperedSecretError
from dataviz_pipelines.core.settings import Settings
from tests.api.access.things import Things
from tests.api.jobs.test_jobs import JOBS, admin, made
from tests.api.people import People, Person

__all__ = ["admin"]
PASSWORD = "open-s3same"
SOURCE: dict[str, Any] = {
    "kind": "sftp",
    "host": "sftp.example.com",
    "user": "ada",
    "host_keys": [f"SHA256:{'A' * 43}"],
}


@pytest.fixture
def job(admin: Person, app_engine: Engine) -> dict[str, Any]:
    template = Things(app_engine).make("upload_template", admin)
    return made(
        admin,
        job_type="upload_ingestion",
        target_resource_type="upload_template",
        target_resource_id=str(template),
        job_config={"from": SOURCE},
    )


def path_of(job: dict[str, Any]) -> str:
    return f"{JOBS}/{job['id']}/credentials"


def password_of(engine: Engine, settings: Settings, job: dict[str, Any]) -> SecretStr | None:
    """As a run of the job opens it."""
    with engine.begin() as connection:
        statement = text("SELECT job_config, connection_config FROM scheduler_jobs WHERE id = :id")
        config, sealed = connection.execute(statement, {"id": job["id"]}).one()
    source = UploadIngestionConfig.model_validate(config)
    context = JobContext(
        engine=engine,
        settings=settings,
        job_id=UUID(job["id"]),
        job_name="Ping",
        owner=None,
        target_id=new_id(),
        config=source,
        sealed=sealed,
        run_key="run",
        slot=None,
        log=RunLog(),
    )
    assert source.log_in is not None
    password: SecretStr | None = opened(context, source.log_in).password
    return password


def test_S42_S38_credentials_are_in_no_answer_no_audit_no_log_and_no_row(
    admin: Person,
    job: dict[str, Any],
    app_engine: Engine,
    database_settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [
        admin.http.put(path_of(job), json={"password": PASSWORD}),
        admin.http.put(path_of(job), json={"password": PASSWORD, "pasword": PASSWORD}),
        admin.http.get(f"{JOBS}/{job['id']}"),
        admin.http.get(JOBS),
    ]
    assert [answer.status_code for answer in told] == [200, 422, 200, 200]
    with app_engine.begin() as connection:
        rows = str(connection.execute(text("SELECT * FROM scheduler_jobs")).all())
        audit = str(connection.execute(text("SELECT * FROM audit_logs")).all())
    assert "'connection_config': '***'" in audit
    for said in (*(answer.text for answer in told), rows, audit, caplog.text):
        assert PASSWORD not in said
    for answer in told:
        assert "ciphertext" not in answer.text
        assert "connection_config" not in answer.text
    assert password_of(app_engine, database_settings, job) == SecretStr(PASSWORD)


def test_credentials_are_entered_again_when_others_would_get_them(
    admin: Person, job: dict[str, Any], app_engine: Engine, database_settings: Settings
) -> None:
    admin.http.put(path_of(job), json={"password": PASSWORD})
    for changes in ({"host": "evil.example.com"}, {"port": 23}, {"user": "eve"}):
        changed = {"job_config": {"from": SOURCE | changes}}
        assert admin.http.patch(f"{JOBS}/{job['id']}", json=changed).status_code == 200
        with pytest.raises(CredentialsMissingError, match="must be entered again"):
            password_of(app_engine, database_settings, job)
    changed = {"job_config": {"from": SOURCE | {"path": "/other"}}}
    admin.http.patch(f"{JOBS}/{job['id']}", json=changed)
    assert password_of(app_engine, database_settings, job) == SecretStr(PASSWORD)


def test_credentials_open_for_no_other_job(
    admin: Person, job: dict[str, Any], app_engine: Engine, database_settings: Settings
) -> None:
    admin.http.put(path_of(job), json={"password": PASSWORD})
    other = made(
        admin,
        **{
            name: job[name]
            for name in ("job_type", "target_resource_type", "target_resource_id", "job_config")
        },
    )
    with app_engine.begin() as connection:
        statement = (
            "UPDATE scheduler_jobs SET connection_config = "
            "(SELECT connection_config FROM scheduler_jobs WHERE id = :id) WHERE id = :other"
        )
        connection.execute(text(statement), {"id": job["id"], "other": other["id"]})
    with pytest.raises(TamperedSecretError):
        password_of(app_engine, database_settings, other)


def test_S43_credentials_are_readable_after_a_rotation(
    admin: Person, job: dict[str, Any], app_engine: Engine, database_settings: Settings
) -> None:
    """Jobs without any are no failure."""
    admin.http.put(path_of(job), json={"password": PASSWORD})
    done = rotate_keys(app_engine, key_source(database_settings))
    assert (done.resealed, len(done.removed), done.failed) == (1, 1, ())
    assert password_of(app_engine, database_settings, job) == SecretStr(PASSWORD)


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({}, [""]),
        ({"password": ""}, ["/password"]),
        ({"secret_access_key": PASSWORD}, ["/secret_access_key"]),
        ({"password": PASSWORD, "private_key": PASSWORD}, [""]),
        ({"private_key": PASSWORD}, [""]),
        ({"password": PASSWORD, "passphrase": PASSWORD}, [""]),
    ],
)
def test_what_the_job_cannot_log_in_with_is_refused_without_being_repeated(
    admin: Person, job: dict[str, Any], given: dict[str, str], pointers: list[str]
) -> None:
    refused = admin.http.put(path_of(job), json=given)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == pointers
    assert PASSWORD not in refused.text


def test_a_job_that_logs_in_nowhere_takes_none(admin: Person) -> None:
    refused = admin.http.put(path_of(made(admin)), json={"password": PASSWORD})
    assert refused.status_code == 422
    assert "logs in nowhere" in refused.text


def test_who_may_not_edit_the_job_may_not_enter_them(people: People, job: dict[str, Any]) -> None:
    for role in ("editor", "viewer"):
        refused = people(role).http.put(path_of(job), json={"password": PASSWORD})
        assert refused.status_code in (403, 404)


def test_a_mistake_in_a_place_has_its_pointer_without_the_kind(
    admin: Person, job: dict[str, Any]
) -> None:
    changed = {"job_config": {"from": SOURCE | {"port": 0, "password": PASSWORD}}}
    refused = admin.http.patch(f"{JOBS}/{job['id']}", json=changed)
    assert [each["pointer"] for each in refused.json()["errors"]] == [
        "/job_config/from/port",
        "/job_config/from/password",
    ]
    assert PASSWORD not in refused.text
