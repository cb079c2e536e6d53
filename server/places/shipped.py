"""Guangdong's hierarchies that come with the package, and the days as of which they hold.

The days are the reference dates of the published division codes. Where the files come from and
under which licence stands in `data/NOTICE.txt`; `deploy/build_places.py` builds them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from types import MappingProxyType

from server.places.snapshot import Snapshot, read

__all__ = ["AS_OF", "content", "load"]

AS_OF: Mapping[int, date] = MappingProxyType({2022: date(2022, 10, 31), 2023: date(2023, 6, 30)})


def content(year: int) -> bytes:
    """The gzipped CSV of that year; the year is one of `AS_OF`."""
    return (
        files(__name__.rpartition(".")[0]) / "data" / f"divisions_44_{year}.csv.gz"
    ).read_bytes()


def load(year: int) -> Snapshot:
    """The hierarchy of that year."""
    return read(io.BytesIO(content(year)))
