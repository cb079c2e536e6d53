"""Identities: hashes with a purpose, and the names they are shown under.

Every hash covers a purpose tag, so that no bytes hashed for one use can stand for another.
"""

from __future__ import annotations

import hashlib
from typing import NewType

RealmId = NewType("RealmId", bytes)
PlaceId = NewType("PlaceId", bytes)
DeviceId = NewType("DeviceId", bytes)
PersonId = NewType("PersonId", bytes)
GrantId = NewType("GrantId", bytes)
CommitId = NewType("CommitId", bytes)
EditId = NewType("EditId", bytes)

ID_BYTES = 16
HASH_BYTES = 32


def tagged_hash(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts, each preceded by its length: 32 bytes."""
    digest = hashlib.sha256(b"tianji\x00" + purpose.encode() + b"\x00")
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def mint(purpose: str, *parts: bytes) -> bytes:
    """An id of 16 bytes that is the same wherever the same thing is named."""
    return tagged_hash(purpose, *parts)[:ID_BYTES]


def mint_at(purpose: str, place: PlaceId, *parts: bytes) -> bytes:
    """An id of 16 bytes that says of itself at which place it belongs: see `belongs_at`."""
    chance = tagged_hash(purpose, *parts)[: ID_BYTES // 2]
    return chance + _place_mark(purpose, place, chance)


def belongs_at(purpose: str, identity: bytes, place: PlaceId) -> bool:
    """Whether that id was minted for that place: nobody can take it over at another."""
    chance = identity[: ID_BYTES // 2]
    return identity == chance + _place_mark(purpose, place, chance)


def _place_mark(purpose: str, place: PlaceId, chance: bytes) -> bytes:
    return tagged_hash(f"{purpose} at", place, chance)[: ID_BYTES // 2]


def realm_place(realm: RealmId) -> PlaceId:
    """The place above every hierarchy of a realm: definitions and administrators lie there."""
    return PlaceId(mint("realm place", realm))


def shown(identity: bytes) -> str:
    """The first ten hexadecimal digits: enough to tell two apart on a screen."""
    return identity.hex()[:10]
