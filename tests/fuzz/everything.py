"""All harnesses, by name."""

from __future__ import annotations

from tests.fuzz import definitions, files, intake, messages, sticks, words
from tests.fuzz.harness import Harness

HARNESSES: dict[str, Harness] = {
    harness.name: harness
    for part in (messages, definitions, files, words, intake, sticks)
    for harness in part.HARNESSES
}
