"""Text in a CSV file that a spreadsheet would take for a formula, and run.

A note, a name or a reviewer's words may begin with `=`: whoever opens the file would then be led to
an address, or have a program started. An apostrophe before it keeps it text, as it does when typed.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["as_text"]

_BEGINS_A_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def as_text(cell: object) -> object:
    """The cell as it is written to a CSV file; numbers, negative ones too, stay as they are."""
    if not isinstance(cell, str) or not _BEGINS_A_FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"
