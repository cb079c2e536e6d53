"""What a harness is, and the inputs that are kept for it.

The corpus of a harness is one file of lines in base64, smallest first, each reaching code that no
line before it reaches. A crash is a file of its own, as it was found.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sync.problems import Problem
from sync.texts import LANGUAGES

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
CRASHES = HERE / "crashes"


class Harness(NamedTuple):
    """One decoder: `attempt` raises a Problem for what it refuses, and nothing else, ever.

    `seeds` are real inputs that it accepts; a search makes none longer than `bytes_max`, and changes
    MessagePack by its parts as well as by its bytes. One that `is_total` takes whatever comes, and
    passes over what makes no sense.
    """

    name: str
    attempt: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    bytes_max: int = 4096
    is_msgpack: bool = False
    is_total: bool = False


def is_refused(harness: Harness, data: bytes) -> bool:
    """Whether the decoder refused these bytes, in words; anything but a Problem comes through."""
    try:
        harness.attempt(data)
    except Problem as problem:
        for language in LANGUAGES:
            assert problem.say(language)
        return True
    return False


def corpus(name: str) -> list[bytes]:
    """The inputs that are kept for a harness."""
    file = CORPUS / f"{name}.txt"
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    return [base64.b64decode(line) for line in lines]


def keep(name: str, inputs: list[bytes]) -> None:
    """Writes the inputs that are kept for a harness."""
    CORPUS.mkdir(exist_ok=True)
    lines = [base64.b64encode(one).decode() for one in sorted(inputs, key=lambda x: (len(x), x))]
    (CORPUS / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), "ascii")


def crashes(name: str) -> list[Path]:
    """The files that once made a harness fail."""
    return sorted((CRASHES / name).glob("*")) if (CRASHES / name).is_dir() else []
