"""Rows of a damaged table: what SQLite can't read is narrowed down until all around it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sync.ledger.connector import ERRORS
from sync.ledger.database import Row

__all__ = ["UNREADABLE", "Left", "between", "keyed", "numbered"]

# SQLite's complaint quotes texts of the file, and Python fails to read it where one is none.
UNREADABLE: tuple[type[Exception], ...] = (*ERRORS, UnicodeDecodeError)

_NUMBERS_AT_ONCE = 256
_PREFIX_BYTES = 3  # of a key that is a hash: enough to tell a page's keys from the next's
_ROW_BYTES_MIN = 100
_NUMBER_MAX = 2**63 - 1
_FAILURES_MAX = 50_000
"""After so many a table is given up: its root is gone, and every question fails."""


class Left:
    """A file that may be damaged, through a connection, and how much of it could not be read."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self.connection = self._connected()
        self.lost = 0
        self.failures = 0
        self._lost_number = -1

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row] | None:
        """All rows of a query, None if one of them can't be read."""
        try:
            found: list[Row] = self.connection.execute(sql, values).fetchall()
        except UNREADABLE:
            self._fail()
            return None
        return found

    def rows_until(self, sql: str, values: Sequence[object]) -> list[Row]:
        """The rows of a query up to the first that can't be read."""
        found: list[Row] = []
        try:
            found.extend(self.connection.execute(sql, values))
        except UNREADABLE:
            self._fail()
        return found

    def lose(self, number: int) -> None:
        """Counts a row that can't be read, once for each stretch of them."""
        self.lost += number != self._lost_number + 1
        self._lost_number = number

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    def _connected(self) -> Any:
        connection = self._connect()
        connection.text_factory = _text
        return connection

    def _fail(self) -> None:
        self.failures += 1
        if not isinstance(self.connection, sqlite3.Connection):
            # One page that can't be decrypted makes SQLCipher refuse all others, until it is opened
            # again.
            self.connection.close()
            self.connection = self._connected()


def numbered(
    left: Left, table: str, columns: Sequence[str], key: str = "no"
) -> Iterator[tuple[int, list[Row]]]:
    """The rows by a table's numbers, in order: in parts, each with the last number that it covers."""
    left.failures = 0
    last = _last(left, table, key)
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {key} BETWEEN ? AND ? ORDER BY {key}"
    for start in range(0, last + 1, _NUMBERS_AT_ONCE):
        end = min(start + _NUMBERS_AT_ONCE - 1, last)
        yield end, list(between(left, sql, start, end))
    yield _NUMBER_MAX, left.rows_until(sql, (last + 1, _NUMBER_MAX))


def between(left: Left, sql: str, low: int, high: int) -> Iterator[Row]:
    """The rows with numbers between two, in order; `sql` takes both."""
    rows = left.rows(sql, (low, high)) if left.failures < _FAILURES_MAX else []
    if rows is not None:
        yield from rows
    elif low == high:
        left.lose(low)
        yield from left.rows_until(sql, (low, high))
    else:
        middle = (low + high) // 2
        yield from between(left, sql, low, middle)
        yield from between(left, sql, middle + 1, high)


def keyed(left: Left, table: str, columns: Sequence[str], key: str) -> Iterator[Row]:
    """The rows of a table by a key, which may be text or bytes; in no order where it is damaged."""
    left.failures = 0
    select = f"SELECT {', '.join(columns)} FROM {table}"
    rows = left.rows(f"{select} ORDER BY {key}")
    if rows is None:
        found = dict.fromkeys(_from_both_ends(left, f"{select} WHERE true", key, ()))
        found |= dict.fromkeys(_by_prefix(left, select, key, 0, 1 << 8 * _PREFIX_BYTES))
        rows = list(found)
    yield from rows


def _by_prefix(left: Left, select: str, key: str, low: int, high: int) -> Iterator[Row]:
    """Of keys that are bytes, by their first bytes."""
    if left.failures >= _FAILURES_MAX:
        return
    where = f"{select} WHERE {key} >= ?" + ("" if high >> 8 * _PREFIX_BYTES else f" AND {key} < ?")
    ends = [low.to_bytes(_PREFIX_BYTES, "big")]
    if not high >> 8 * _PREFIX_BYTES:
        ends.append(high.to_bytes(_PREFIX_BYTES, "big"))
    rows = left.rows(where, ends)
    if rows is not None:
        yield from rows
    elif high - low == 1:
        left.lost += 1
        yield from _from_both_ends(left, where, key, ends)
    else:
        middle = (low + high) // 2
        yield from _by_prefix(left, select, key, low, middle)
        yield from _by_prefix(left, select, key, middle, high)


def _from_both_ends(left: Left, where: str, key: str, values: Sequence[object]) -> Iterator[Row]:
    yield from left.rows_until(f"{where} ORDER BY {key}", values)
    yield from left.rows_until(f"{where} ORDER BY {key} DESC", values)


def _last(left: Left, table: str, key: str) -> int:
    """The last number, as far as the file has room for so many rows: a damaged one may be any."""
    pages = left.rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    room = int(pages[0][0]) // _ROW_BYTES_MIN if pages else -1
    rows = left.rows(f"SELECT coalesce(max({key}), -1) FROM {table}")
    return room if rows is None else max(-1, min(int(rows[0][0]), room))


def _text(content: bytes) -> str:
    """Bytes that are no text come out as a text that nobody can have written."""
    return content.decode("utf-8", "surrogateescape")
