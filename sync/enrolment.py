"""Enrolment codes as both ends read them."""

from __future__ import annotations

import base64
import re

from sync.ids import RealmId, tagged_hash
from sync.problems import Problem

GROUP_CHARS = 4
_CODE_CHARS = 24
_MARK_CHARS = 8


def clean_code(text: str) -> str:
    """A code as it was made, whatever spaces, dashes and small letters it was typed with.

    Raises `code-malformed`.
    """
    code = re.sub(r"[\s\-–—]", "", text).upper().translate(str.maketrans("018", "OIB"))
    if not re.fullmatch(f"[A-Z2-7]{{{_CODE_CHARS}}}", code):
        raise Problem("code-malformed")
    return code


def realm_mark(realm: RealmId) -> str:
    """The part of a code that names the realm."""
    return base64.b32encode(tagged_hash("code", realm)).decode()[:_MARK_CHARS]


def names_realm(code: str, realm: RealmId) -> bool:
    """Whether a clean code was made in that realm."""
    return code[-_MARK_CHARS:] == realm_mark(realm)
