"""What a job says of the files that it takes."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from dataviz_pipelines.core.job_types.web import SecretHeaders, Url
from dataviz_pipelines.core.models.documents.document import Document


def _path(text: str) -> str:
    path = PurePosixPath(text)
    if not path.is_absolute() or ".." in path.parts or "\0" in text:
        raise ValueError("it must be a path from the root of this machine, without ..")
    return text


class FolderConfig(Document):
    """A folder of this machine, in one that the setting `import_folders` lists. `pattern` is of names, not of paths."""

    kind: Literal["folder"]
    path: Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_path)]
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "*"
    subfolders: bool = False


class WebConfig(Document):
    """`secret_headers` name secrets, whose values are in the setting `job_secrets`; they are sent to each of the URLs."""

    kind: Literal["https"]
    urls: list[Url] = Field(min_length=1, max_length=100)
    secret_headers: SecretHeaders = Field(default_factory=dict, max_length=10)


class UploadIngestionConfig(Document):
    """`max_files`: of those that are new, the oldest first; the next run takes the others."""

    source: Annotated[FolderConfig | WebConfig, Field(discriminator="kind")] = Field(alias="from")
    max_files: int = Field(1_000, ge=1, le=10_000)
