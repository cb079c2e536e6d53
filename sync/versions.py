"""Protocol versions: named, dated, with the reason and who still speaks them."""

from __future__ import annotations

from typing import Final

V1: Final = 1
"""2026-11: the first. Spoken by every release."""

CURRENT: Final = V1
SPOKEN: Final = frozenset({V1})
