"""Whether a database has the schema that its migrations made: no byte of it is another one."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from importlib.resources import files

__all__ = ["has_its_schema", "was_migrated"]

_NAME = re.compile(r"[a-z_.]+/\d{4}_\w+\.sql")


def was_migrated(opened: sqlite3.Connection) -> bool:
    """Whether the migrations that the file names are this software's, or those and later ones."""
    done: dict[str, str] = dict(opened.execute("SELECT name, sha256 FROM migration").fetchall())
    known = _texts(done)
    if known is None:
        return False
    sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in known.items()}
    later = [name for name in done if name not in known]
    at_least = known.keys() if later else done.keys()
    return all(done.get(name) == sums[name] for name in at_least) and all(
        _NAME.fullmatch(name) for name in later
    )


def has_its_schema(opened: sqlite3.Connection) -> bool:
    """Whether tables, indexes and views are those that its migrations make, to the letter."""
    done = {name for (name,) in opened.execute("SELECT name FROM migration")}
    known = _texts(done)
    if known is None or not done <= known.keys():
        return True  # later software's; `was_migrated` says whether that can be
    listed = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'migration'"
    with closing(sqlite3.connect(":memory:")) as fresh:
        for name in sorted(done, key=lambda name: (not name.startswith("sync."), name)):
            fresh.executescript(known[name])
        made = set(fresh.execute(listed).fetchall())
    there = opened.execute(listed + " AND tbl_name <> 'migration'").fetchall()
    return made == set(there)


def _texts(done: dict[str, str] | set[str]) -> dict[str, str] | None:
    """All migrations that this software has of the packages named there; None if one isn't known."""
    known: dict[str, str] = {}
    for package in {name.rpartition("/")[0] for name in done}:
        try:
            for entry in (files(package) / "schema").iterdir():
                known[f"{package}/{entry.name}"] = entry.read_text("utf-8")
        except (ImportError, ValueError, OSError):
            return None
    return known
