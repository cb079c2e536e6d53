"""What switching a rule off is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Patch = Callable[[object, str, Any], None]
"""pytest's `monkeypatch.setattr`."""

Rule = Callable[[Patch], None]


async def nothing(*_: object, **__: object) -> list[Any]:
    """Does nothing and finds nothing."""
    return []
