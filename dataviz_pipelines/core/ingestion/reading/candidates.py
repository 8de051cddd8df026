"""Which dialects a sample could be written in: only characters that occur in it, in a place where they could matter."""

import re
from collections import Counter
from collections.abc import Iterator

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
NEEDS_QUOTES = re.compile(r"[,;\t|\n'\"]")
MIN_LITERAL_QUOTES, LITERAL_SHARE = (
    3,
    0.05,
)  # lines with quotes that wrap nothing, so that they are taken literally
MIN_LINES_SHARE = 0.3


def delimiter_candidates(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    single = [
        mark
        for mark in (*USUAL_DELIMITERS, *RARE_DELIMITERS)
        if sum(mark in line for line in lines) > MIN_LINES_SHARE * len(lines)
    ]
    widened = [wide for mark in single for wide in widened_delimiters(text, mark)]
    return list(dict.fromkeys([*widened, *_runs(lines)]))


def widened_delimiters(text: str, mark: str) -> list[str]:
    """`mark` as it is used: with a space behind it, twice, or as it is."""
    if mark != " " and is_followed_by_space(text, mark):
        return [f"{mark} ", mark]
    if mark != " " and text.count(mark * 2) * 2 == text.count(mark) > 0:
        return [mark * 2]
    return [mark]


def is_followed_by_space(text: str, mark: str) -> bool:
    followed = text.count(f"{mark} ")
    return followed > 0 and followed >= FOLLOWED_SHARE * text.count(mark)


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
    inner = rf"(?:[^{mark}\\]|{mark}{mark}|\\.)*"
    pattern = rf"(?:^|(?<={edge})){mark}{inner}{mark}(?=$|{edge}|\r)"
    wrapped: list[str] = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    inside = sum(cell.count(quote) for cell in wrapped)
    is_quoting = quote == '"' or inside >= WRAPPED_SHARE * text.count(quote)
    return [cell[1:-1] for cell in wrapped] if is_quoting else []


def _runs(lines: list[str]) -> Iterator[str]:
    found = Counter(run for line in lines for run in set(RUN.findall(line)))
    for run, count in found.items():
        if count >= RUN_SHARE * len(lines) and len(lines) > 1:
            yield run
