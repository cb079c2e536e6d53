"""Indicators by topic: the letters with which their codes begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sync.catalogue import Indicator

__all__ = ["Topic", "by_topic", "key_of"]

_NAMED = "ABCDEFGHKLMQ"


class Topic(NamedTuple):
    """The indicators of one topic, and the key of its name."""

    letter: str
    key: str
    indicators: tuple[Indicator, ...]


def by_topic(indicators: Iterable[Indicator]) -> list[Topic]:
    """The topics in the order of their letters, each in the order of codes."""
    found: dict[str, list[Indicator]] = {}
    for one in sorted(indicators, key=lambda one: one.code):
        found.setdefault(one.code[0], []).append(one)
    return [Topic(letter, key_of(letter), tuple(there)) for letter, there in sorted(found.items())]


def key_of(letter: str) -> str:
    """The key of a topic's name."""
    return f"village-topic-{letter if letter in _NAMED else 'other'}"
