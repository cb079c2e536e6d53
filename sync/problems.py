"""Everything that can go wrong, under a stable code.

The catalogue lies in `sync/texts/problems/*.toml`: for each code whose fault it is, whether trying
again can help, and one sentence in three languages that says what is wrong and what to do.
Code raises `Problem("code", name=value)`; only the edges (a command, a route, a page) say it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from string import Formatter

from sync.texts import Language, load, sentence

__all__ = ["Blame", "Problem", "can_say", "codes"]

_CATALOGUE = load("problems")


class Blame(StrEnum):
    """Whose doing a problem is: it decides who is told and what they can do."""

    PERSON = "person"
    DEVICE = "device"
    SERVER = "server"
    NETWORK = "network"
    PEER = "peer"


class Problem(Exception):  # noqa: N818 - it is the field's word, on screens and on the wire
    """One thing that went wrong: a code of the catalogue and the values its sentence names."""

    def __init__(self, code: str, /, **values: object) -> None:
        assert code in _CATALOGUE, code
        super().__init__(code, values)
        self.code = code
        self.values = values

    @property
    def blame(self) -> Blame:
        """Whose fault it is."""
        return Blame(_CATALOGUE[self.code]["blame"])

    @property
    def retry(self) -> bool:
        """Whether the same attempt can succeed later with nothing changed."""
        return _CATALOGUE[self.code]["retry"] == "yes"

    def say(self, language: Language = "zh-Hans") -> str:
        """One sentence for the person: what is wrong, where, and what to do.

        A problem among the values (the cause) is said in the same language.
        """
        values = {
            name: value.say(language) if isinstance(value, Problem) else value
            for name, value in self.values.items()
        }
        return sentence(_CATALOGUE[self.code], language, values)

    def __str__(self) -> str:
        return f"{self.code}: {self.say('en')}"


def can_say(code: str, values: Collection[str]) -> bool:
    """Whether this software knows the code, and those values fill its sentence."""
    if code not in _CATALOGUE:
        return False
    parts = Formatter().parse(_CATALOGUE[code]["en"])
    return all(name is None or name in values for _, name, _, _ in parts)


def codes() -> frozenset[str]:
    """Every code of the catalogue."""
    return frozenset(_CATALOGUE)
