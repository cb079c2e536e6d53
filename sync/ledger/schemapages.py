"""Giving a damaged copy the pages on which a sound database of the same make keeps its schema.

Where the first page can't be read, nothing can, though all else may be whole. The same migrations
put every table on the same page, so the schema of a database made just now fits an older one.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["give_schema"]

_INTERIOR, _LEAF = 5, 13
_HEAD = 100


def give_schema(damaged: Path, sound: Path) -> None:
    """Writes the schema's pages of a sound file, which has no log, over those of a damaged copy."""
    source = sound.read_bytes()
    size = int.from_bytes(source[16:18], "big")
    size = 65536 if size == 1 else size
    with damaged.open("r+b") as opened:
        count = opened.seek(0, 2) // size
        pages = [page for page in _pages(source, size, 1) if page <= count]
        for page in pages:
            opened.seek((page - 1) * size)
            opened.write(source[(page - 1) * size : page * size])
        if pages:
            opened.seek(24)
            opened.write(b"\0\0\0\1" + count.to_bytes(4, "big") + bytes(8))  # no free pages
            opened.seek(92)
            opened.write(b"\0\0\0\1")  # the count of pages is as good as the counter of changes


def _pages(source: bytes, size: int, page: int) -> list[int]:
    """A page of a table's tree and all below it."""
    start = (page - 1) * size
    head = start + (_HEAD if page == 1 else 0)
    if source[head] == _LEAF:
        return [page]
    assert source[head] == _INTERIOR, page
    cells = int.from_bytes(source[head + 3 : head + 5], "big")
    pointers = [start + _number(source, head + 12 + 2 * cell, 2) for cell in range(cells)]
    below = [_number(source, at, 4) for at in (*pointers, head + 8)]
    return [page, *(one for child in below for one in _pages(source, size, child))]


def _number(source: bytes, at: int, length: int) -> int:
    return int.from_bytes(source[at : at + length], "big")
