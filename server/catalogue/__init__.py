"""The catalogues that come with the server, as packs of TOML files under `packs/`.

`shipped` reads one; `sync.pack` says how a pack is laid out and refuses a faulty one. Nothing of
Guangdong is in code: another country's pack is another folder.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sync.catalogue import Catalogue
from sync.pack import read

__all__ = ["shipped", "shipped_files"]


@cache
def shipped(name: str = "guangdong") -> Catalogue:
    """The catalogue of a pack that is part of this package, read once."""
    return read(shipped_files(name))


def shipped_files(name: str = "guangdong") -> dict[str, bytes]:
    """The files of a shipped pack by name."""
    folder = files(__name__) / "packs" / name
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
