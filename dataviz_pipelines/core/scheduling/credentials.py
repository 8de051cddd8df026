"""What a job logs in with elsewhere: sealed beside its configuration, for this job and for those to whom it was to be shown.

Whoever may edit the job may replace it, and can neither read it nor make the platform show it to somebody else.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, require_row, update_row
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.documents.document import Document, JsonObject
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.errors import (
    CredentialsMissingError,
    JobInvalidError,
    faults_within,
)
from dataviz_pipelines.core.scheduling.job_types import Credentials, JobContext, LogIn, Runners
from dataviz_pipelines.core.scheduling.operating import require_runner
from dataviz_pipelines.core.secrets import JOB_CREDENTIALS, Vault, key_source
from dataviz_pipelines.core.security.caller import Caller

_REMEDY: Final = "Whoever may edit the job can, with `dataviz jobs credentials` or over HTTP."


class _Kept(Document):
    """As it is sealed."""

    addressee: str
    credentials: JsonObject


def change_credentials(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    job_id: UUID,
    *,
    given: JsonObject,
    runners: Runners,
    vault: Vault,
) -> Row:
    """Raises JobInvalidError for what the job cannot log in with."""
    job = require_row(connection, caller, collection, job_id, action="edit")
    sealed = _sealed(connection, job, given, runners=runners, vault=vault)
    return update_row(connection, caller, collection, job_id, {"connection_config": sealed})


def enter_credentials(
    connection: Connection,
    job: Mapping[str, Any],
    given: JsonObject,
    *,
    runners: Runners,
    vault: Vault,
) -> None:
    """The same by hand, on nobody's behalf."""
    sealed = _sealed(connection, job, given, runners=runners, vault=vault)
    store.run(connection, "keep_credentials", id=job["id"], sealed=Jsonb(sealed))


def opened(context: JobContext[Any], log_in: LogIn[Credentials]) -> Credentials:
    """What was entered. Raises CredentialsMissingError if nothing was, or if it was for somebody else."""
    if context.sealed is None:
        raise CredentialsMissingError(
            "Nobody has entered the credentials of this job.", remedy=_REMEDY
        )
    vault = Vault(key_source(context.settings))
    plain = vault.open(dict(context.sealed), JOB_CREDENTIALS, context.job_id)
    kept = _Kept.model_validate_json(plain)
    if kept.addressee != log_in.addressee:
        raise CredentialsMissingError(
            "The credentials of this job must be entered again: its configuration would show them to another server or user.",
            remedy=_REMEDY,
        )
    return log_in.credentials.model_validate(kept.credentials)


def _sealed(
    connection: Connection,
    job: Mapping[str, Any],
    given: JsonObject,
    *,
    runners: Runners,
    vault: Vault,
) -> dict[str, str]:
    require_runner(runners, job["job_type"])
    runner = runners[job["job_type"]]
    try:
        log_in = runner.log_in(runner.config.model_validate(job["job_config"]))
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "/job_config")) from None
    if log_in is None:
        fault = Fault("", "a job that is configured as this one logs in nowhere")
        raise JobInvalidError([fault])
    try:
        log_in.credentials.model_validate(given)
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "")) from None
    kept = _Kept(addressee=log_in.addressee, credentials=given)
    return vault.seal(connection, kept.model_dump_json().encode(), JOB_CREDENTIALS, job["id"])
