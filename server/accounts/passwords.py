"""Passwords: first ones are made here, and all are kept as Argon2id hashes.

Proving one costs memory and time on purpose, so only a few are proved at once and only so many
wait: whoever sends thousands keeps nobody from a page that needs no proof.
"""

from __future__ import annotations

import asyncio
import base64
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sync.limits import (
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    PASSWORD_PROOFS_AT_ONCE,
    PASSWORD_PROOFS_WAITING_MAX,
)
from sync.problems import Problem

__all__ = ["demand_good", "first_password", "hashed", "hashing", "is_right", "proved"]

# 19 MiB, two passes, one lane: 30 ms on a small server, and many sign-ins at once don't starve it.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_FIRST_BYTES = 10
_GROUP_CHARS = 4
_CHARACTERS_MIN = 5  # different ones
_RUN_CHARS = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_WORN = ("password", "passw0rd", "admin", "tianji", "welcome", "letmein", "iloveyou", "woaini")
_LEFT_MIN = 6
_T = TypeVar("_T")


class _Bench:
    """The few threads on which passwords are hashed, and how many wait for one."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(PASSWORD_PROOFS_AT_ONCE, "password")
        self._waiting = 0

    async def run(self, function: Callable[..., _T], *values: object) -> _T:
        """Runs it when its turn comes. Raises `sign-in-busy` where too many wait already."""
        if self._waiting >= PASSWORD_PROOFS_WAITING_MAX:
            raise Problem("sign-in-busy")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, function, *values)
        finally:
            self._waiting -= 1


_BENCH = _Bench()


def first_password(random_bytes: Callable[[int], bytes]) -> str:
    """A password of 80 bits in groups that can be read out over the telephone."""
    text = base64.b32encode(random_bytes(_FIRST_BYTES)).decode().lower()
    return "-".join(text[i : i + _GROUP_CHARS] for i in range(0, len(text), _GROUP_CHARS))


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_right(kept: str, password: str) -> bool:
    """Whether the password is the one that was hashed."""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


async def hashing(password: str) -> str:
    """`hashed`, in turn. Raises `sign-in-busy`."""
    return await _BENCH.run(hashed, password)


async def proved(kept: str, password: str) -> bool:
    """`is_right`, in turn; what is longer than any password can be isn't. Raises `sign-in-busy`."""
    right = await _BENCH.run(is_right, kept, password[: PASSWORD_CHARS_MAX + 1])
    return right and len(password) <= PASSWORD_CHARS_MAX


def demand_good(password: str, *own: str) -> None:
    """What a password must be: long, and not one that is guessed first. `own` are the login and name.

    Raises `password-short`, `password-long`, `password-guessed`.
    """
    if len(password) < PASSWORD_CHARS_MIN:
        raise Problem("password-short", least=PASSWORD_CHARS_MIN)
    if len(password) > PASSWORD_CHARS_MAX:
        raise Problem("password-long", most=PASSWORD_CHARS_MAX)
    plain = unicodedata.normalize("NFKC", password).casefold()
    worn = (*_WORN, *(one.casefold() for one in own if len(one) > 1))
    left = plain
    for word in worn:
        left = left.replace(word, "")
    if len(set(plain)) < _CHARACTERS_MIN or len(_without_runs(left)) < _LEFT_MIN:
        raise Problem("password-guessed")


def _without_runs(text: str) -> str:
    """What is left where each run along the alphabet, the digits or the keyboard, or of one
    character, counts as one.
    """
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    kept, at = "", 0
    while at < len(text):
        length = 1
        while at + length < len(text) and (
            len(set(text[at : at + length + 1])) == 1
            or any(text[at : at + length + 1] in row for row in rows)
        ):
            length += 1
        kept += text[at] if length >= _RUN_CHARS else text[at : at + length]
        at += length
    return kept
