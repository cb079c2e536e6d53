"""Files that were uploaded and looked at, and wait for somebody to say that they be taken in.

They are kept in memory, one of a kind for each person, for an hour: what is forgotten costs nothing,
and a restart asks for the file again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sync.ids import PersonId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["Uploads"]

KEPT_MAX = 8
KEPT_SECONDS = 3600


class _Kept(NamedTuple):
    person: PersonId
    kind: str
    at: int
    content: Any


class Uploads:
    """What waits, by names that nobody guesses."""

    def __init__(self, ledger: Ledger, random_bytes: Callable[[int], bytes]) -> None:
        self._ledger = ledger
        self._random_bytes = random_bytes
        self._kept: dict[str, _Kept] = {}

    def keep(self, person: PersonId, kind: str, content: object) -> str:
        """Keeps one in the place of the person's last of that kind; its name."""
        oldest = self._ledger.now() - KEPT_SECONDS
        left = {
            name: one
            for name, one in self._kept.items()
            if one.at >= oldest and (one.person, one.kind) != (person, kind)
        }
        name = self._random_bytes(16).hex()
        left[name] = _Kept(person, kind, self._ledger.now(), content)
        self._kept = dict(list(left.items())[-KEPT_MAX:])
        return name

    def get(self, person: PersonId, kind: str, name: str) -> Any:
        """What somebody uploaded. Raises `upload-gone`, also of somebody else's."""
        found = self._kept.get(name)
        if found is None or (found.person, found.kind) != (person, kind):
            raise Problem("upload-gone")
        return found.content

    def drop(self, name: str) -> None:
        """Forgets one that was taken in."""
        self._kept.pop(name, None)
