"""The data source of a template, at the moment of loading."""

from dataclasses import replace

import pytest

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.ingestion.templates import TemplateProblemsError
from dataviz_pipelines.core.network import BlockedAddressError, NetworkGuard
from dataviz_pipelines.core.sources.by_hand import switch
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from tests.core.ingestion.mariadb_loads import SOURCE, MariaBench
from tests.factories import csv_text, document

TEMPLATE = document("a")
CONTENT = csv_text("a", "1")


def test_nothing_is_loaded_into_one_that_is_disabled(bench: MariaBench) -> None:
    template = bench.template(TEMPLATE)
    with bench.ingestion.engine.begin() as connection:
        switch(connection, SOURCE, on=False)
    record, error = bench.refused(template, CONTENT)
    assert isinstance(error, SourceDisabledError)
    assert record.status == "failed"
    with pytest.raises(TemplateProblemsError, match="is disabled"):
        bench.template(document("a", "b"))


@pytest.mark.usefixtures("no_pauses")
def test_S45_an_address_that_is_not_allowed_is_not_connected_to(bench: MariaBench) -> None:
    template = bench.template(TEMPLATE)
    upload_id = bench.register(template, bench.file(CONTENT))
    assert bench.ingestion.sources is not None
    closed = replace(
        bench.ingestion, sources=replace(bench.ingestion.sources, guard=NetworkGuard())
    )
    with pytest.raises(BlockedAddressError):
        load_upload(closed, upload_id)
    assert not bench.exists()


@pytest.mark.usefixtures("no_pauses")
def test_R21_a_server_that_is_away_fails_the_upload_which_can_be_loaded_later(
    bench: MariaBench,
) -> None:
    template = bench.template(TEMPLATE)
    bench.query(f"ALTER USER {bench.user}@'%' ACCOUNT LOCK")
    record, error = bench.refused(template, CONTENT)
    assert isinstance(error, UnavailableError)
    assert record.status == "failed"
    bench.query(f"ALTER USER {bench.user}@'%' ACCOUNT UNLOCK")
    assert load_upload(bench.ingestion, record.id).status == "succeeded"
    assert bench.rows() == [("1",)]


@pytest.mark.parametrize(
    ("revoked", "mode"),
    [("CREATE", "append"), ("INSERT", "append"), ("CREATE TEMPORARY TABLES", "upsert")],
)
def test_a_missing_right_is_told_with_the_remedy(
    bench: MariaBench, revoked: str, mode: str
) -> None:
    bench.query(f"REVOKE {revoked} ON uploads.* FROM {bench.user}@'%'")
    _, error = bench.refused(document("a", mode=mode, keys=["a"]), CONTENT)
    assert "The data source's user may not load into uploads.target" in str(error)
    assert "Grant it SELECT, INSERT, UPDATE and DELETE on uploads.target" in str(error)
    is_left = (
        revoked == "INSERT"
    )  # without it the empty table cannot be renamed, and so not dropped safely
    assert bench.exists() is is_left
    assert not is_left or bench.rows() == []
