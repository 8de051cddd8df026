"""A template proposed from a sample file: a start that a person corrects, never a guess at what is unclear."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading import Limits, open_source
from dataviz_pipelines.core.ingestion.source import TEMPLATE_FORMATS, Detected, Profile, Source
from dataviz_pipelines.core.ingestion.templates.check import check_template
from dataviz_pipelines.core.ingestion.templates.columns import SYSTEM_COLUMNS
from dataviz_pipelines.core.ingestion.templates.drafting import guess_column
from dataviz_pipelines.core.models.documents.uploads import (
    ColumnRule,
    ReaderConfig,
    TemplateDocument,
)
from dataviz_pipelines.core.models.documents.vocabulary import (
    MAX_COLUMN_NAME,
    MAX_NAME_BYTES,
    is_column_pattern,
)

SAMPLE_ROWS = 10_000
DEFAULT_SCALE: int = ColumnRule.model_fields["scale"].default
_SUFFIXES = {".gz", ".zip", ".csv", ".tsv", ".tab", ".txt", ".psv", ".dat", ".json", ".ndjson", ".jsonl", ".geojson", ".xlsx", ".xls"}  # fmt: skip


def draft_template(
    path: Path, *, sample_rows: int = SAMPLE_ROWS, limits: Limits | None = None
) -> TemplateDocument:
    """Reads at most about `sample_rows` rows. The draft passes `check_template`, and rejects no row of the sample that the
    reader could read. Raises UnreadableFileError."""
    source = open_source(path, ReaderConfig(), limits=limits or Limits())
    try:
        _refuse_pattern_headers(source.profile, path.name)
        _refuse_long_headers(source.profile, path.name)
        sample, complete = _sample(source, sample_rows)
    finally:
        source.close()
    if sample.is_empty():
        raise UnreadableFileError(
            f"{path.name} has no rows to draft a template from.", remedy="Take a file with data."
        )
    return check_template(_draft(path, source.profile, sample, complete=complete))


def _refuse_pattern_headers(profile: Profile, file_name: str) -> None:
    unusable = [header for header in profile.columns if is_column_pattern(header)]
    if unusable:
        raise UnreadableFileError(
            f"{file_name} has the header {', '.join(unusable)}, which cannot be the name of a column.",
            remedy="Give it another name.",
        )


def _refuse_long_headers(profile: Profile, file_name: str) -> None:
    long = [header for header in profile.columns if len(header) > MAX_COLUMN_NAME]
    if long:
        raise UnreadableFileError(
            f"{file_name} has a header of {len(long[0]):,} characters, {long[0][:40]!r} and so on; a column's name can have {MAX_COLUMN_NAME}.",
            remedy="Shorten it, or look with `dataviz inspect` whether the delimiter was found.",
        )


def _sample(source: Source, rows: int) -> tuple[pl.DataFrame, bool]:
    """The first rows, and whether they are all there are."""
    schema = dict.fromkeys(source.profile.columns, pl.String)
    frames = [pl.DataFrame(schema=schema)]
    height = 0
    for chunk in source.chunks():
        frames.append(chunk.frame)
        height += chunk.frame.height
        if height > rows:
            return pl.concat(frames).head(rows), False
    return pl.concat(frames), True


def _draft(
    path: Path, profile: Profile, sample: pl.DataFrame, *, complete: bool
) -> Mapping[str, Any]:
    name = _template_name(path)
    names = _column_names(profile.columns)
    renamed = {old: new for old, new in names.items() if old != new}
    steps = [{"op": "rename", "columns": renamed}] if renamed else []
    return {
        "name": name,
        "description": f"Drafted from {path.name}.",
        "file_format": TEMPLATE_FORMATS[profile.file_format],
        "reader_config": _reader_config(profile),
        "transformation_rules": {"steps": steps},
        "validation_rules": {
            "columns": [_column(sample[old], new, complete=complete) for old, new in names.items()]
        },
        "destination_config": {"table": _table_name(name)},
    }


def _column(values: pl.Series, name: str, *, complete: bool) -> dict[str, Any]:
    """A column without a gap in the part that was read may have one in the rest, and its decimals more digits."""
    guess = guess_column(values)
    options = dict(guess.options)
    if not complete:
        options["nullable"] = True
        if options.get("scale", DEFAULT_SCALE) < DEFAULT_SCALE:
            del options["scale"], options["precision"]
    note = {} if guess.note is None else {"description": guess.note}
    return {"name": name, **options, **note}


def _reader_config(profile: Profile) -> dict[str, Any]:
    pin = _PINS.get(profile.file_format, _pin_workbook)
    return {key: value for key, value in pin(profile).items() if value is not None}


def _pin_text(profile: Profile) -> dict[str, Any]:
    detected = profile.detected
    return {
        "encoding": _value(detected, "encoding"),
        "delimiter": _value(detected, "delimiter"),
        "quote": _value(detected, "quote") or "",
        **_pin_header(profile),
    }


def _pin_header(profile: Profile) -> dict[str, Any]:
    """A header in the first line will be found again; one below a preamble of varying length should be as well."""
    if _value(profile.detected, "header_row") == 0:
        return {"header_row": 0, "column_names": list(profile.columns)}
    return {}


def _pin_json(profile: Profile) -> dict[str, Any]:
    return {"encoding": _value(profile.detected, "encoding")}


def _pin_workbook(profile: Profile) -> dict[str, Any]:
    sheet = profile.detected.get("sheet")
    only = sheet is None or sheet.confidence == 1.0
    return {"sheet": None if only or sheet is None else sheet.value, **_pin_header(profile)}


_PINS = {"csv": _pin_text, "json": _pin_json}


def _value(detected: Mapping[str, Detected], name: str) -> str | int | None:
    found = detected.get(name)
    return None if found is None else found.value


def _template_name(path: Path) -> str:
    while path.suffix.lower() in _SUFFIXES:
        path = path.with_suffix("")
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", path.name) if not unicodedata.combining(each)
    )
    name = re.sub(r"[^A-Za-z0-9 _.\-]+", "_", plain).strip(" _.-")[:100]
    return name.rstrip(" .") or "template"


def _table_name(name: str) -> str:
    """`Flights 2013-01` to `flights_2013_01`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
    return (f"t_{words}" if words[:1].isdigit() else words)[:MAX_NAME_BYTES].rstrip("_")


def _column_names(headers: Iterable[str]) -> dict[str, str]:
    """Header to column, the same unless PostgreSQL or a reader who does not mind case would stumble."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for header in headers:
        name = next(each for each in _candidates(header) if each.casefold() not in taken)
        taken.add(name.casefold())
        names[header] = name
    return names


def _candidates(header: str) -> Iterator[str]:
    clean = _cut(re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", header).strip() or "column")
    yield f"{clean}_" if clean in SYSTEM_COLUMNS else clean
    number = 2
    while True:
        yield f"{_cut(clean, spare=8)}_{number}"
        number += 1


def _cut(name: str, *, spare: int = 0) -> str:
    return name.encode()[: MAX_NAME_BYTES - spare].decode(errors="ignore").strip()
