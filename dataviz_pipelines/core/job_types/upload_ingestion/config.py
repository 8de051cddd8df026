"""What a job says of the files that it takes."""

from pathlib import PurePosixPath
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from dataviz_pipelines.core.job_types.upload_ingestion.credentials import (
    BucketCredentials,
    SftpCredentials,
)
from dataviz_pipelines.core.job_types.web import DEFAULT_PORTS, SecretHeaders, Url
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.scheduling.job_types import LogIn
from dataviz_pipelines.core.sources.connections import Certificates, Host, Port, Word

SSH_PORT: Final = 22


def _path(text: str) -> str:
    path = PurePosixPath(text)
    if not path.is_absolute() or ".." in path.parts or "\0" in text:
        raise ValueError("it must be a path from the root of this machine, without ..")
    return text


def _remote_path(text: str) -> str:
    if ".." in PurePosixPath(text).parts or "\0" in text:
        raise ValueError("it must be a path without ..")
    return text


def _endpoint(text: str) -> str:
    """As servers are named in the header Host, which is signed."""
    parts = urlsplit(text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("it must end with the host or its port; the bucket has a field of its own")
    host = parts.netloc.lower()
    return f"{parts.scheme}://{host.removesuffix(f':{DEFAULT_PORTS[parts.scheme]}')}"


class Choice(Document):
    """Which files of a place. `pattern` is of names, not of paths."""

    pattern: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "*"
    subfolders: bool = False


class FolderConfig(Choice):
    """A folder of this machine, in one that the setting `import_folders` lists."""

    kind: Literal["folder"]
    path: Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_path)]


class WebConfig(Document):
    """`secret_headers` name secrets, whose values are in the setting `job_secrets`; they are sent to each of the URLs."""

    kind: Literal["https"]
    urls: list[Url] = Field(min_length=1, max_length=100)
    secret_headers: SecretHeaders = Field(default_factory=dict, max_length=10)


class BucketConfig(Choice):
    """Objects of an S3-compatible bucket whose keys begin with `prefix`. `endpoint` None: Amazon's of the region. Without
    `access_key_id` the machine's own credentials are used, for a bucket that the setting `import_buckets` lists."""

    kind: Literal["s3"]
    bucket: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$")
    ]
    endpoint: Annotated[Url, AfterValidator(_endpoint)] | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")] = "us-east-1"
    prefix: Annotated[str, StringConstraints(max_length=1_000)] = ""
    access_key_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None
    ca_certificate: Certificates | None = None

    @property
    def server(self) -> str:
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    @property
    def url(self) -> str:
        return f"{self.server}/{self.bucket}"

    @property
    def log_in(self) -> LogIn[BucketCredentials] | None:
        if self.access_key_id is None:
            return None
        return LogIn(BucketCredentials, f"{self.access_key_id} at {self.server}")


class SftpConfig(Choice):
    """A folder of an SFTP server; `path` from the root or from where the user's log-in begins. `host_keys` are the fingerprints
    of the keys by which the server is known; no other server is logged in to."""

    kind: Literal["sftp"]
    host: Host
    port: Port = SSH_PORT
    user: Word
    host_keys: tuple[
        Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")], ...
    ] = Field(min_length=1, max_length=10)
    path: Annotated[
        str, StringConstraints(min_length=1, max_length=4_000), AfterValidator(_remote_path)
    ] = "."

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def log_in(self) -> LogIn[SftpCredentials]:
        known = " ".join(sorted(self.host_keys))
        return LogIn(SftpCredentials, f"{self.user} at {self.server}, {known}")


Source = FolderConfig | WebConfig | BucketConfig | SftpConfig


class UploadIngestionConfig(Document):
    """`max_files`: of those that are new, the oldest first; the next run takes the others."""

    source: Annotated[Source, Field(discriminator="kind")] = Field(alias="from")
    max_files: int = Field(1_000, ge=1, le=10_000)

    @property
    def log_in(self) -> LogIn[BucketCredentials] | LogIn[SftpCredentials] | None:
        source = self.source
        return source.log_in if isinstance(source, BucketConfig | SftpConfig) else None
