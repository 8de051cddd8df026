"""When a file as a whole is refused although it can be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dataviz_pipelines.core.ingestion.destinations.base import LoadResult
from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from dataviz_pipelines.core.ingestion.headers import HeaderMatch, match_headers
from dataviz_pipelines.core.ingestion.rejects import (
    REASON_COLUMNS,
    SURPLUS_COLUMN,
    KeptReject,
    is_reject_file,
)
from dataviz_pipelines.core.ingestion.source import Profile
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails
from dataviz_pipelines.core.models.documents.uploads import Contract, FileRule, TemplateDocument
from dataviz_pipelines.core.models.documents.vocabulary import is_column_pattern


@dataclass(frozen=True)
class Loaded:
    """What a load did. `accepted` rows are in the table once the transaction commits."""

    accepted: int
    rejected: int
    result: LoadResult
    details: UploadDetails
    kept_rejects: Sequence[KeptReject] = ()
    reject_path: Path | None = None


class TooManyRejectsError(FileRefusedError):
    """The file broke its template's limit on rejected rows. `loaded` says what was found; nothing of it is kept."""

    def __init__(self, message: str, *, remedy: str, loaded: Loaded) -> None:
        super().__init__(message, remedy=remedy)
        self.loaded = loaded


def matched_headers(profile: Profile, document: TemplateDocument, file_name: str) -> HeaderMatch:
    """Raises FileRefusedError when required columns are missing, or unknown ones come under a frozen contract. The reasons
    in a reject file that is sent again are no columns of it."""
    match = match_headers(profile.columns, document)
    if is_reject_file(profile.columns):
        ours = {*REASON_COLUMNS, SURPLUS_COLUMN}
        match = replace(match, unknown=tuple(name for name in match.unknown if name not in ours))
    if match.missing:
        raise FileRefusedError(
            f"File {file_name} has no column {_names(match.missing)}; it has {_names(profile.columns)}."
            f"{_hints(match)}",
            remedy="Use the template that this file was made for, or add the header as an alias.",
        )
    if match.unknown and document.destination_config.contract is Contract.FREEZE:
        raise FileRefusedError(
            f"File {file_name} has columns that the template does not know: {_names(match.unknown)}.{_hints(match)}",
            remedy="Remove them, add them to the template, or choose another contract than freeze.",
        )
    discards = document.destination_config.contract is Contract.DISCARD_VALUE
    _refuse_unusable(set(profile.columns) - set(match.unknown if discards else ()), file_name)
    if match.unknown and discards:
        ignored = f"Columns that the template does not know were ignored: {_names(match.unknown)}."
        return replace(match, warnings=(*match.warnings, ignored))
    return match


def _refuse_unusable(headers: Collection[str], file_name: str) -> None:
    unusable = sorted(filter(is_column_pattern, headers))
    if unusable:
        raise FileRefusedError(
            f"File {file_name} has the header {_names(unusable)}, which cannot be the name of a column.",
            remedy="Give it another name, or set the contract to discard_value.",
        )


def refuse_by_file_rules(rule: FileRule, file_name: str, loaded: Loaded) -> None:
    processed = loaded.accepted + loaded.rejected
    for broken, message, remedy in (
        (processed < rule.min_rows, _too_few(processed, rule.min_rows), "Send a complete file."),
        (
            rule.max_rows is not None and processed > rule.max_rows,
            f"has {processed} rows, and the template takes at most {rule.max_rows}",
            "Split the file.",
        ),
        (
            rule.max_rejects is not None and loaded.rejected > rule.max_rejects,
            f"has {loaded.rejected} rejected rows, and the template allows {rule.max_rejects}",
            "Correct them and send the file again.",
        ),
        (
            processed > 0 and loaded.rejected / processed > rule.max_reject_rate,
            f"has {loaded.rejected} rejected rows of {processed}, and the template allows "
            f"{rule.max_reject_rate:.2%}",
            "Correct them and send the file again.",
        ),
        (
            processed > 0 and loaded.accepted == 0,
            f"has no row that passes the template; all {processed} were rejected",
            "See the reasons in the reject file; perhaps it is the wrong template.",
        ),
    ):
        if broken:
            raise TooManyRejectsError(
                f"File {file_name} {message}; nothing was loaded.", remedy=remedy, loaded=loaded
            )


def _too_few(processed: int, wanted: int) -> str:
    if processed == 0:
        return "has a header but no rows"
    return f"has {processed} rows, and the template wants at least {wanted}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return shown if len(names) <= 20 else f"{shown} and {len(names) - 20} more"


def _hints(match: HeaderMatch) -> str:
    return "".join(f" Did you mean {hint}?" for hint in match.suggestions)
