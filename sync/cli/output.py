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
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for heading, is_right in zip(columns, right, strict=True):
        table.add_column(Text(heading), justify="right" if is_right else "left")
    for row in cells:
        table.add_row(*map(Text, row))
    Console().print(table)


def _print_plain(columns: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    from rich.cells import cell_len

    lines = [list(columns), *cells]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        padded = []
        for cell, width, is_right in zip(line, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if is_right else cell + space)
        click.echo("  ".join(padded).rstrip())
