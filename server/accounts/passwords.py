"""Passwords: first ones are made here, and all are kept as Argon2id hashes."""

from __future__ import annotations

import base64
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["first_password", "hashed", "is_right"]

# 19 MiB, two passes, one lane: 30 ms on a small server, and many sign-ins at once don't starve it.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_FIRST_BYTES = 10
_GROUP_CHARS = 4


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
