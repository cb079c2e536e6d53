"""Reading what is left in a damaged database: each row that is whole, whatever became of the rest.

A copy is read, never the file itself. A commit proves itself: its id is the hash of its bytes. Of
everything else, what has the form that it must have counts as whole. What the commits fold to isn't
read at all: it is made anew.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from sync import commit_bytes
from sync.commit import Commit, Sealed, commit_id
from sync.ids import (
    HASH_BYTES,
    ID_BYTES,
    CommitId,
    DeviceId,
    PlaceId,
    RealmId,
)
from sync.ledger import connector
from sync.ledger.aside import Aside
from sync.ledger.database import Row, translated
from sync.ledger.edits import Pending
from sync.ledger.identity import Identity, Kind
from sync.ledger.rowsleft import UNREADABLE, Left, between, keyed, numbered
from sync.ledger.schemapages import give_schema
from sync.ledger.soundlog import log_of, mend
from sync.ledger.wholerows import aside_of, is_bytes, is_text, page_of, pending_of
from sync.problems import Problem
from sync.receipt import Receipt
from sync.trust import KEY_BYTES, SIGNATURE_BYTES, Certificate

__all__ = ["PENDING_COLUMNS", "Found", "Remains", "is_short", "looking", "remains_of"]

Read = TypeVar("Read")

_CERTIFICATE = msgspec.msgpack.Decoder(Certificate)
PENDING_COLUMNS = (
    *("place", "kind", "subject", "field", "type", "number", "text", "author", "grant_id"),
    *("catalogue", "stamp", "unseen", "replaced"),
)
_MALFORMED: tuple[type[Exception], ...] = (
    Problem,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    OverflowError,
)


_BODIES = "SELECT no, body FROM commits WHERE place = ?"
_VERSIONS = (
    "SELECT commit_no, kind, subject, field, stamp, type, number, text FROM version WHERE place = ?"
)
_STRAYS = (
    "SELECT EXISTS (SELECT 1 FROM version WHERE place NOT IN (SELECT no FROM place_no))"
    " OR EXISTS (SELECT 1 FROM head WHERE place NOT IN (SELECT no FROM place_no)"
    " OR commit_no NOT IN (SELECT no FROM commits)) OR EXISTS (SELECT 1 FROM parent"
    " WHERE child NOT IN (SELECT no FROM commits) OR parent NOT IN (SELECT no FROM commits))"
)


class Found(NamedTuple):
    """A commit that is whole, with what came with it."""

    commit: Commit
    signature: bytes
    receipts: tuple[Receipt, ...]
    accepted: bool

    @property
    def sealed(self) -> Sealed:
        """As it is sent."""
        return Sealed(self.commit.body, self.signature)


class Remains:
    """What can still be read of one file; `lost` counts rows that are there and not whole."""

    def __init__(self, connect: Callable[[], Any], *, lacks_end: bool = False) -> None:
        self._left = Left(connect)
        self._left.lost += lacks_end

    def close(self) -> None:
        """Closes the file."""
        self._left.close()

    @property
    def lost(self) -> int:
        """Rows, or stretches of rows, that could not be read or are not whole."""
        return self._left.lost

    def meta(self) -> dict[str, Any]:
        """The settings."""
        return {
            key: value
            for key, value in keyed(self._left, "meta", ("key", "value"), "key")
            if is_text(key) and (is_text(value) or not isinstance(value, str))
        }

    def identity(self, kind: Kind) -> Identity | None:
        """Who the file says that it is, if it still does."""
        meta = self.meta()
        realm, server = meta.get("realm"), meta.get("server", "")
        seeds = [
            value
            for name, value in keyed(self._left, "secret", ("name", "value"), "name")
            if name == "device" and is_bytes(value, KEY_BYTES)
        ]
        settings = {
            name: meta[name]
            for name in ("place", "person", "grant")
            if is_bytes(meta.get(name), ID_BYTES)
        }
        if (
            not seeds
            or realm is None
            or not is_bytes(realm, ID_BYTES)
            or not isinstance(server, str)
        ):
            return None
        if kind == "laptop" and len(settings) < 3:
            return None
        own = RealmId(realm)
        certificates = tuple(one for one in self._certificates() if one.is_good(own))
        return Identity(kind, own, seeds[0], certificates, server, settings)

    def commits(self) -> Iterator[Found]:
        """Every commit that is whole, in the order in which they were applied."""
        columns = ("no", "id", "body", "signature", "accepted_at")
        start = 0
        for end, rows in numbered(self._left, "commits", columns):
            receipts = self._receipts(start, end)
            for number, name, body, signature, accepted in rows:
                commit = self._commit(name, body)
                if commit is not None:
                    signature = signature if is_bytes(signature, SIGNATURE_BYTES) else b""
                    given = tuple(receipts.get(number, ()))
                    yield Found(commit, signature, given, accepted is not None)
            start = end + 1

    def heads(self) -> dict[PlaceId, set[CommitId]]:
        """The names of the places' heads, known even where the commits themselves are gone."""
        names = {
            number: CommitId(name)
            for name, number in keyed(self._left, "commits", ("id", "no"), "id")
            if is_bytes(name, HASH_BYTES)
        }
        places = {
            number: PlaceId(place)
            for place, number in keyed(self._left, "place_no", ("id", "no"), "id")
            if is_bytes(place, ID_BYTES)
        }
        found: dict[PlaceId, set[CommitId]] = {}
        for place, number in keyed(self._left, "head", ("place", "commit_no"), "place"):
            if place in places and number in names:
                found.setdefault(places[place], set()).add(names[number])
        return found

    def pending(self) -> Iterator[tuple[Pending, Row]]:
        """Edits that were not sealed, as far as they are whole, with their rows."""
        rows = keyed(self._left, "pending", PENDING_COLUMNS, "place")
        yield from self._each(rows, lambda row: (pending_of(row), row))

    def pages(self) -> Iterator[Row]:
        """What the pages of own edits showed."""
        yield from self._each(keyed(self._left, "page", ("edit", "shown"), "edit"), page_of)

    def asides(self) -> Iterator[tuple[Aside, bytes]]:
        """Commits that were not applied, each with who brought it."""
        columns = (
            *("id", "state", "reason", "body", "signature", "receipts", "refusal", "since"),
            "carrier",
        )
        yield from self._each(keyed(self._left, "aside", columns, "id"), aside_of)

    def rows(self, table: str, columns: Sequence[str], key: str) -> Iterator[Row]:
        """The rows of a table whose form the database itself checks."""
        return keyed(self._left, table, columns, key)

    def is_legible(self) -> bool:
        """Whether every row of every table can be read, and every text in it is one."""
        tables = self._left.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") or []
        for (table,) in tables:
            for row in self._left.connection.execute(f'SELECT * FROM "{table}"'):
                if not all(is_text(one, most=len(one)) for one in row if isinstance(one, str)):
                    return False
        return bool(tables)

    def settings_fit(self) -> bool:
        """Whether each setting that is read as something is that."""
        meta = self.meta()
        numbers = (meta.get(name, 0) for name in ("server_time", "last_contact", "last_stamp"))
        try:
            date.fromisoformat(meta.get("rollup_day", "2000-01-01"))
            for name in msgspec.json.decode(meta.get("held_by_server", "[]"), type=list[str]):
                bytes.fromhex(name)
            if "cursor" in meta:
                msgspec.msgpack.decode(meta["cursor"])
        except _MALFORMED:
            return False
        return all(isinstance(number, int) for number in numbers)

    def versions_fit(self) -> bool:
        """Whether each row that commits folded to is a change that its commit made."""
        places = self._left.rows("SELECT no FROM place_no") or []
        for key in places:
            made: set[Row] = set()
            bodies, versions = self._left.rows(_BODIES, key), self._left.rows(_VERSIONS, key)
            if bodies is None or versions is None:
                return False
            for number, body in bodies:
                made |= {
                    (number, *change.cell, change.stamp, *change.value)
                    for change in commit_bytes.decode(body).changes
                }
            if not made.issuperset(versions):
                return False
        rows = self._left.rows(_STRAYS)
        return bool(rows and not rows[0][0])

    def _certificates(self) -> Iterator[Certificate]:
        rows = keyed(self._left, "certificate", ("server", "content"), "server")
        yield from self._each(rows, lambda row: _CERTIFICATE.decode(row[1]))

    def _receipts(self, low: int, high: int) -> dict[int, list[Receipt]]:
        sql = (
            "SELECT commit_no, server, at, leaf, leaves, path, signature FROM receipt"
            " WHERE commit_no BETWEEN ? AND ? ORDER BY commit_no"
        )
        found: dict[int, list[Receipt]] = {}
        for number, server, at, leaf, leaves, path, signature in between(
            self._left, sql, low, high
        ):
            numbers = (number, at, leaf, leaves)
            if all(isinstance(part, bytes) for part in (server, path, signature)) and all(
                isinstance(part, int) for part in numbers
            ):
                receipt = Receipt(DeviceId(server), at, leaf, leaves, path, signature)
                found.setdefault(number, []).append(receipt)
        return found

    def _commit(self, name: object, body: object) -> Commit | None:
        if is_bytes(name, HASH_BYTES) and isinstance(body, bytes) and commit_id(body) == name:
            try:
                return commit_bytes.decode(body)
            except Problem:
                pass  # newer software's: it can't be told what it says
        self._left.lost += 1
        return None

    def _each(self, rows: Iterator[Row], read: Callable[[Row], Read]) -> Iterator[Read]:
        for row in rows:
            try:
                yield read(row)
            except _MALFORMED:
                self._left.lost += 1


@contextmanager
def remains_of(file: Path, folder: Path, sound_one: Path) -> Iterator[Remains]:
    """What is left of a file, read from a copy that is made in a folder and goes at the end.

    `sound_one` is a new database of the same make. Raises `storage-…`.
    """
    copy = folder / "left.db"
    lacks_end = False
    with translated(copy):
        shutil.copyfile(file, copy)
        log = file.with_name(file.name + "-wal")
        if log.exists():
            told = log_of(file)
            shutil.copyfile(log, folder / "left.db-wal")
            if told is not None and not told.is_whole:
                lacks_end = not told.page_bytes or not mend(copy, told)
    try:
        if not _has_schema(copy):
            give_schema(copy, sound_one)
        with closing(Remains(partial(connector.connect, copy), lacks_end=lacks_end)) as remains:
            yield remains
    finally:
        for part in folder.glob("left.db*"):
            part.unlink()


def is_short(file: Path) -> bool:
    """Whether a file holds a row that isn't whole; it may be open here or elsewhere."""
    try:
        with closing(Remains(partial(connector.connect, file, query=_mode(file)))) as remains:
            remains.meta()
            for rows in (remains.commits(), remains.pending(), remains.asides(), remains.pages()):
                for _ in rows:
                    pass
            known = remains.identity("laptop") or remains.identity("server")
            whole = remains.is_legible() and remains.settings_fit() and remains.versions_fit()
            return known is None or not whole or remains.lost > 0
    except connector.ERRORS:
        return False  # why it can't be read is said by whoever opens it
    except _MALFORMED:
        return True


@contextmanager
def looking(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that leaves no trace."""
    with closing(connector.connect(file, query=_mode(file))) as connection:
        yield connection


def _mode(file: Path) -> str:
    """Where there is no log, nobody else is there either, and none needs to be made."""
    has_log = file.with_name(file.name + "-wal").exists()
    return "mode=rw" if has_log else "mode=ro&immutable=1"


def _has_schema(file: Path) -> bool:
    """Whether the tables can be found, whatever became of what they hold."""
    try:
        with closing(connector.connect(file)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_schema").fetchall()
            connection.execute("SELECT * FROM commits, meta, pending, aside LIMIT 0")
    except UNREADABLE:
        return False
    return ("commits",) in rows
