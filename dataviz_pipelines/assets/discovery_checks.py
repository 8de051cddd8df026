"""What must hold of every discovery, and what somebody should look at: the asset checks of a data source."""

from collections.abc import Iterator, Sequence

import dagster as dg

from dataviz_pipelines.assets.discovery_events import (
    SHOWN,
    Found,
    changes_shown,
    place_of,
    problems_shown,
)

CHECKS = [
    dg.AssetCheckSpec(
        "tables_add_up",
        asset="source_tables",
        blocking=True,
        description="Every table that the source listed was stored, left out by a pattern, or failed, and what was stored is "
        "known.",
    ),
    dg.AssetCheckSpec(
        "breaking_changes",
        asset="source_tables",
        description="Nothing changed by which a query that worked may fail or read otherwise.",
    ),
    dg.AssetCheckSpec(
        "problems",
        asset="source_tables",
        description="Everything could be listed, described and read, and nothing was kept because too much was gone at once.",
    ),
]


def check_results(found: Found, source: str) -> Iterator[dg.AssetCheckResult]:
    """Dagster's checks have no partitions, so each says whose it is in `partition`."""
    counts, known = found.run.counts, found.totals.tables
    sum_of_parts = counts.stored + counts.skipped + counts.failed
    yield dg.AssetCheckResult(
        check_name="tables_add_up",
        passed=counts.listed == sum_of_parts and known >= counts.stored,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "partition": source,
            "listed": counts.listed,
            "sum_of_parts": sum_of_parts,
            "known": known,
        },
    )
    breaking = [change for change in found.changes if change.is_breaking]
    places = [change.place for change in breaking]
    yield _warning("breaking_changes", source, places, changes_shown(breaking))
    problems = found.run.problems
    places = [place_of(each) for each in problems]
    yield _warning("problems", source, places, problems_shown(problems))


def _warning(name: str, source: str, places: Sequence[str], details: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        passed=not places,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(dict.fromkeys(places[:SHOWN])) or None,
        metadata={
            "partition": source,
            "count": len(places),
            **({"details": dg.MetadataValue.md(details)} if details else {}),
        },
    )
