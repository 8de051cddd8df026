"""Which dialects a sample could be written in: only characters that occur in it, in a place where they could matter."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from dataviz_pipelines.core.ingestion.reading.cell_types import CellType, cell_type

USUAL_DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = (
    " ",
    ":",
    "~",
    "^",
    "#",
    "*",
    "!",
    "\x01",
    "\x02",
    "\x1e",
    "\x1f",
    "\u00a6",
    "\u00a7",
)
RUN = re.compile(r"[^\w\s\"'.\-+/\\()\[\]{}@%$€]{2,4}")
RUN_SHARE = 0.8  # of the lines in which several characters must stand together to be one delimiter
FOLLOWED_SHARE = 0.9
WRAPPED_SHARE = 0.9
MAX_ODD_CELL = 500  # characters between two quotes, with undoubled ones inside, that are looked for
NEEDS_QUOTES = re.compile(r"[,;\t|\n'\"]")
MIN_LITERAL_QUOTES, LITERAL_SHARE = (
    3,
    0.05,
)  # lines with quotes that wrap nothing, so that they are taken literally
MIN_LINES_SHARE = 0.3
MOMENTS_SHARE = 0.8
OUTSIDE_TIMES = re.compile(r"(?<!\d):|:(?!\d)")
QUOTED = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)")


def delimiter_candidates(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    single = [
        mark
        for mark in (*USUAL_DELIMITERS, *RARE_DELIMITERS)
        if sum(mark in line for line in lines) > MIN_LINES_SHARE * len(lines)
        and (mark in USUAL_DELIMITERS or not _is_inside_values(lines, mark))
    ]
    widened = [wide for mark in single for wide in widened_delimiters(text, mark)]
    return list(dict.fromkeys([*widened, *_runs(lines)]))


def widened_delimiters(text: str, mark: str) -> list[str]:
    """`mark` as it is used between cells: with spaces around it or behind it, twice, or as it is."""
    bare = QUOTED.sub("x", text)
    count = bare.count(mark)
    if mark == " " or not count:
        return [mark]
    first = next(line for line in bare.splitlines() if mark in line)
    wide = [each for each in (f" {mark} ", f"{mark} ") if each in first]
    spaced = [each for each in wide if bare.count(each) >= FOLLOWED_SHARE * count]
    if spaced:
        return [*spaced, mark]
    return [mark * 2] if bare.count(mark * 2) * 2 == count else [mark]


def _is_inside_values(lines: Sequence[str], mark: str) -> bool:
    """Whether an unusual `mark` only begins lines, as comments, or belongs to the values of a single column: to its times,
    or, a space, to its prose."""
    if not any(mark in line[1:] for line in lines):
        return True
    if mark == " " and not any('"' in line or "'" in line for line in lines):
        words = {word for line in lines for word in line.split()}
        return all(cell_type(word) is CellType.TEXT for word in words)
    if mark == ":" and not any(OUTSIDE_TIMES.search(line) for line in lines):
        return True
    moments = sum(cell_type(line) is CellType.MOMENT for line in lines)
    return mark not in lines[0] and moments >= MOMENTS_SHARE * len(lines)


def quote_candidates(text: str, delimiter: str) -> list[str | None]:
    """The double quote unless there is evidence against it."""
    double = wrapped_cells(text, delimiter, '"')
    single = wrapped_cells(text, delimiter, "'")
    if len(single) > len(double) and (
        len(single) > 1 or any(NEEDS_QUOTES.search(cell) for cell in single)
    ):
        return ["'", '"']
    if double:
        return ['"']
    lines = text.splitlines()
    with_quotes = sum('"' in line for line in lines)
    if with_quotes >= MIN_LITERAL_QUOTES and with_quotes > LITERAL_SHARE * len(lines):
        return ['"', None]
    return ['"']


def escape_candidates(text: str, delimiter: str, quote: str | None) -> list[str | None]:
    escaped = [f"\\{quote}"] if quote else []
    escaped.append(f"\\{delimiter}")
    return [None, "\\"] if any(mark in text for mark in escaped) else [None]


def wrapped_cells(text: str, delimiter: str, quote: str) -> list[str]:
    """Cells between two quotes; none when the quote stands as often in other places, as an apostrophe does."""
    edge, mark = re.escape(delimiter), re.escape(quote)
    well_formed = rf"(?:[^{mark}\\]|{mark}{mark}|\\.)*"
    end = rf"{mark}(?=$|{edge}|\r)"
    pattern = rf"(?:^|(?<={edge})){mark}(?:{well_formed}{end}|[^\n]{{0,{MAX_ODD_CELL}}}?{end})"
    wrapped: list[str] = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    inside = sum(cell.count(quote) for cell in wrapped)
    is_quoting = quote == '"' or inside >= WRAPPED_SHARE * text.count(quote)
    return [cell[1:-1] for cell in wrapped] if is_quoting else []


def _runs(lines: list[str]) -> Iterator[str]:
    found = Counter(run for line in lines for run in set(RUN.findall(line)))
    for run, count in found.items():
        if count >= RUN_SHARE * len(lines) and len(lines) > 1:
            yield run
