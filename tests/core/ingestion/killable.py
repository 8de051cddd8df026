"""A process that loads one upload and can be killed at a moment of the test's choice.

It says where it stands on its standard output, and before it goes on from `parsing` it waits for a line when told to.
"""

import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url

from dataviz_pipelines.core.db import create_database_engine
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.secrets.keys import KeyFolder
from dataviz_pipelines.core.sources.access import SourceAccess
from tests.core.sources.places import LOCAL


def main(url: str, rejects: str, upload_id: str, waits: str, keys: str = "") -> None:
    told: list[str] = []

    def say_and_wait(progress: UploadProgress) -> None:  # noqa: ARG001  # the callback's signature
        if not told:
            told.append("parsing")
            _say("parsing")
            if waits == "waits":
                sys.stdin.readline()

    engine = create_database_engine(make_url(url), application_name="killable")
    sources = SourceAccess(Vault(KeyFolder(Path(keys))), LOCAL) if keys else None
    ingestion = Ingestion(engine, Path(rejects), sources=sources)
    load_upload(ingestion, UUID(upload_id), watching=Watching(on_progress=say_and_wait))
    _say("done")
    sys.stdin.readline()


def _say(where: str) -> None:
    sys.stdout.write(f"{where}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
