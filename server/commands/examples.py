"""Examples under a command's help."""

from __future__ import annotations

__all__ = ["examples"]


def examples(*lines: str) -> str:
    """An epilog that click prints line by line, as they may be copied."""
    return "\b\nExamples:\n" + "\n".join(f"  tianji server {line}" for line in lines)
