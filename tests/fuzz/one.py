"""Searches one harness with coverage: `python -m tests.fuzz.one NAME [options of libFuzzer]`.

`run.py` starts one process of this for each harness; atheris must be installed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from random import Random
from typing import Any


def main() -> None:
    """Runs until libFuzzer has done what its options say; it ends the process itself."""
    atheris: Any = import_module("atheris")  # by name: it is not there where types are checked
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["sync", "server", "tomllib", "zipfile"]):
        from tests.fuzz.everything import HARNESSES
    from tests.fuzz.harness import is_refused
    from tests.fuzz.mutation import mutated

    harness = HARNESSES[name]

    def once(data: bytes) -> None:
        is_refused(harness, data)

    def mutate(data: bytes, bytes_max: int, seed: int) -> bytes:
        found = mutated(data, bytes_max, Random(seed)) if seed % 3 else None
        return bytes(atheris.Mutate(data, bytes_max)) if found is None else found

    by_parts = {"custom_mutator": mutate} if harness.is_msgpack else {}
    atheris.Setup([sys.argv[0], *options], once, **by_parts)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
