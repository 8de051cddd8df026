"""Tables in the Markdown that Dagster shows. What they hold comes from outside and stays text."""

from collections.abc import Sequence


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str | None]], *, width: int = 80
) -> str:
    """`width` is the number of characters after which a cell is cut off."""
    lines = [
        " | ".join(header),
        " | ".join(["---"] * len(header)),
        *(" | ".join(_cell(cell, width) for cell in row) for row in rows),
    ]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(text: str | None, width: int) -> str:
    """Markdown that is smuggled in stays text."""
    if text is None:
        return "·"
    shown = " ".join(text.split())[:width]
    return shown.translate({ord(character): f"&#{ord(character)};" for character in "|<>[]()`*_!"})
