"""Text in lines for a terminal, where a Chinese character takes two columns and needs no space."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["definitions", "wrapped"]

INDENT = "  "
TERM_COLUMNS_MAX = 30
MEANING_COLUMNS_MIN = 20
# What a line may not be broken within: a Chinese character or a run of others, with the marks that
# open before it and those that close behind it.
_OPENING, _CLOSING = "“‘（《「『", "”’）》」』，。；：、！？…"
_HAN = "\u3400-\u9fff"
_PIECE = re.compile(
    rf"\s+|[{_OPENING}]*(?:[{_HAN}]|[^\s{_HAN}{_OPENING}{_CLOSING}]+)?[{_CLOSING}]*"
)


def wrapped(text: str, columns: int) -> list[str]:
    """The text's lines, none wider than that but for a single word that is."""
    from rich.cells import cell_len

    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and cell_len((lines[-1] + piece).rstrip()) > columns:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def definitions(rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    """Terms with what they mean beside them, indented; a wide term has its line to itself."""
    from rich.cells import cell_len

    widest = max((cell_len(term) for term, _ in rows), default=0)
    left = len(INDENT) + min(widest, TERM_COLUMNS_MAX) + len(INDENT)
    lines = []
    for term, meaning in rows:
        first, *rest = wrapped(meaning, max(columns - left, MEANING_COLUMNS_MIN))
        space = left - len(INDENT) - cell_len(term)
        if space >= len(INDENT):
            lines.append(f"{INDENT}{term}{' ' * space}{first}".rstrip())
        else:
            lines += [INDENT + term, " " * left + first]
        lines += [" " * left + line for line in rest]
    return lines
