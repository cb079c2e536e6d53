"""Which SQLite opens a file: Python's own, or SQLCipher for a file that is encrypted at rest.

A plain file says what it is in its first bytes, and is opened as ever. One that doesn't is an
encrypted one where its folder is marked so, or where the person gave a passphrase; all else is a
damaged file, and said to be so. The passphrase is asked for once a process, by whoever has a person
to ask; a file carries its own salt, so that nothing beside it is needed to open it again.

No byte of a file is read past SQLite while this process has a connection to it: closing the handle
would let go of SQLite's locks on the file, another process would believe itself alone and delete the
log, and what is written here from then on would be lost.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sync.problems import Problem

__all__ = [
    "ERRORS",
    "MARK",
    "ask_with",
    "cipher",
    "connect",
    "hold",
    "is_encrypted",
    "is_marked",
    "opener",
    "quoted",
    "release",
]

MARK: Final = "encrypted"
_PLAIN: Final = b"SQLite format 3\0"
_SALT_BYTES: Final = 16
# What SQLCipher 4 itself derives a key with.
_ROUNDS: Final = 256_000
_KEY_BYTES: Final = 32

_ask: Callable[[Path], str | None] = lambda _: None  # noqa: E731 - nobody to ask, until somebody says so
_passphrase: str | None = None
_Identity = tuple[int, int]
_seen: dict[_Identity, bytes] = {}
_held: Counter[_Identity] = Counter()
"""How many connections this process has to a file, by device and inode."""

_keys: dict[bytes, str] = {}
"""Keys that open a file, by its salt: deriving one takes a tenth of a second on purpose."""


def ask_with(ask: Callable[[Path], str | None]) -> None:
    """From now on that asks a person for the passphrase of a folder; what was known is forgotten."""
    global _ask, _passphrase
    if ask is _ask:
        return
    _ask, _passphrase = ask, None
    _keys.clear()


def is_marked(folder: Path) -> bool:
    """Whether new files of a folder, or of one made within it, are encrypted."""
    return (folder / MARK).is_file() or (folder.parent / MARK).is_file()


def is_encrypted(path: Path) -> bool:
    """Whether a file must be opened with a passphrase, or will be where there is none yet."""
    head = _head(path)
    if not head:
        return is_marked(path.parent)
    return head != _PLAIN and (is_marked(path.parent) or _passphrase is not None)


def hold(path: Path) -> _Identity:
    """To be called when a connection to the file is open; what it returns is for `release`."""
    found = path.stat()
    identity = found.st_dev, found.st_ino
    _held[identity] += 1
    return identity


def release(identity: _Identity) -> None:
    """To be called when that connection is closed."""
    _held[identity] -= 1
    if not _held[identity]:
        del _held[identity]
        _seen.pop(identity, None)


def connect(path: Path, *, query: str = "", **options: Any) -> sqlite3.Connection:
    """A connection to the file; `query` is that of SQLite's file addresses.

    Raises `encrypted-locked`, `encrypted-wrong`, `encrypted-unsupported`, and what SQLite raises.
    """
    return opener(path, query=query, **options)()


def opener(path: Path, *, query: str = "", **options: Any) -> Callable[[], sqlite3.Connection]:
    """What makes the connection, on any thread; what a person must be asked is asked now."""
    target = f"{path.absolute().as_uri()}?{query}" if query else str(path)
    if not is_encrypted(path):
        return lambda: sqlite3.connect(target, uri=bool(query), **options)
    key = _key_of(path)

    def unlocked() -> sqlite3.Connection:
        return _keyed(cipher().connect(target, uri=bool(query), **options), key)

    return unlocked


def cipher() -> Any:
    """SQLCipher's module. Raises `encrypted-unsupported`."""
    if _CIPHER is None:
        raise Problem("encrypted-unsupported")
    return _CIPHER


def quoted(text: str) -> str:
    """A text within a statement that takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _key_of(path: Path) -> str:
    salt = _head(path)
    if salt in _keys:
        return _keys[salt]
    passphrase = _asked(path)
    if not salt:
        return quoted(passphrase)
    derived = hashlib.pbkdf2_hmac("sha512", passphrase.encode(), salt, _ROUNDS, _KEY_BYTES)
    key = f"\"x'{derived.hex()}{salt.hex()}'\""
    _try(path, key)
    _keys[salt] = key
    return key


def _asked(path: Path) -> str:
    global _passphrase  # noqa: PLW0603 - as above
    if _passphrase is None:
        _passphrase = _ask(path.parent)
    if not _passphrase:
        raise Problem("encrypted-locked", folder=str(path.parent))
    return _passphrase


def _try(path: Path, key: str) -> None:
    global _passphrase  # noqa: PLW0603 - as above
    try:
        with closing(_keyed(cipher().connect(str(path)), key)) as opened:
            opened.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except cipher().DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        _passphrase = None
        raise Problem("encrypted-wrong", file=str(path)) from error


def _keyed(connection: sqlite3.Connection, key: str) -> sqlite3.Connection:
    connection.execute("PRAGMA cipher_log_level = NONE")  # what is wrong is said once, by us
    connection.execute(f"PRAGMA key = {key}")
    return connection


def _head(path: Path) -> bytes:
    """The first bytes, as they were before this process opened the file."""
    try:
        found = path.stat()
        identity = found.st_dev, found.st_ino
        if not _held[identity]:
            with path.open("rb") as file:
                _seen[identity] = file.read(_SALT_BYTES)
    except FileNotFoundError:
        return b""
    return _seen.get(identity, b"")


def _cipher() -> Any:
    if find_spec("sqlcipher3") is None:
        return None
    from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # it has no types

    return dbapi2


_CIPHER = _cipher()
ERRORS: tuple[type[sqlite3.DatabaseError], ...] = (
    (sqlite3.DatabaseError,) if _CIPHER is None else (sqlite3.DatabaseError, _CIPHER.DatabaseError)
)
"""What either of them raises of a file or a statement."""
