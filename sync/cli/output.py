"""Printing: words in the person's language, tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

import click

from sync.cli.options import language
from sync.texts import say

__all__ = ["not_so", "print_json", "print_table", "tell"]

_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d*%?")
# A word that must not be broken, such as a code or a number; Chinese may be broken anywhere.
_WORD = re.compile(r"[!-~]+")
# The least width of a column of prose in a ruled table, and the space that comes with each column.
_PROSE_WIDTH = 8
_RULED_SPACE = 3


def not_so() -> NoReturn:
    """End with exit code 1: what was asked is answered, and the answer is no."""
    raise click.exceptions.Exit(1)


def tell(key: str, /, **values: object) -> None:
    """Print a word or sentence of `sync/texts/words` in the person's language."""
    click.echo(say(key, language(), **values))


def print_json(document: object) -> None:
    """Print one JSON document; a value that JSON has no form for is the caller's mistake."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings, numbers to the right; ruled on a terminal, else plain.

    Plain means one line a row, cells two spaces apart, whatever the width: fit for grep and diff.
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    right = [
        bool(cells) and all(_NUMBER.fullmatch(row[place]) for row in cells)
        for place in range(len(columns))
    ]
    if sys.stdout.isatty():
        _print_ruled(columns, cells, right)
    else:
        _print_plain(columns, cells, right)


def _print_ruled(columns: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    """Long texts are wrapped, nothing is cut off; what does not fit even so is printed plain."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    least = [
        max(min(width, _PROSE_WIDTH), _longest_word(row[place] for row in [columns, *cells]))
        for place, width in enumerate(_widths(columns, cells))
    ]
    if sum(width + _RULED_SPACE for width in least) >= console.width:
        _print_plain(columns, cells, right)
        return
    table = Table(box=box.SIMPLE)
    for heading, width, is_right in zip(columns, least, right, strict=True):
        table.add_column(
            Text(heading),
            justify="right" if is_right else "left",
            overflow="fold",
            min_width=width,
        )
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_plain(columns: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    from rich.cells import cell_len

    widths = _widths(columns, cells)
    for line in [list(columns), *cells]:
        padded = []
        for cell, width, is_right in zip(line, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if is_right else cell + space)
        click.echo("  ".join(padded).rstrip())


def _widths(columns: Sequence[str], cells: list[list[str]]) -> list[int]:
    """The widest of each column on the screen, where a Chinese character takes two places."""
    from rich.cells import cell_len

    lines = [list(columns), *cells]
    return [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]


def _longest_word(texts: Iterable[str]) -> int:
    return max((len(word) for text in texts for word in _WORD.findall(text)), default=0)
