"""A process that loads one upload into BigQuery, to be killed at a request of the test's choice."""

import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url

from dataviz_pipelines.core.db import create_database_engine
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.access import SourceAccess


def main(url: str, rejects: str, upload_id: str, home: str) -> None:
    engine = create_database_engine(make_url(url), application_name="killable")
    sources = SourceAccess.of(Settings(home=Path(home), allowed_networks="127.0.0.1"))
    load_upload(Ingestion(engine, Path(rejects), sources=sources), UUID(upload_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
