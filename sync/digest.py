"""Fingerprints: what two replicas compare to know whether they hold the same.

A place's fingerprint is the hash of its sorted accepted heads, which sum up its whole history, and
of the times of acceptance that decide what is shown there. A
scope's is a hash tree over its places' ids, sixteen branches a level, so that a difference can be
narrowed down. Hashes are never added or xored: a sum could be forged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sync.ids import CommitId, PlaceId, tagged_hash

_LEAVES_MAX = 16


def place_fingerprint(
    heads: Iterable[CommitId], ahead: Mapping[CommitId, int] = MappingProxyType({})
) -> bytes:
    """The fingerprint of a place with these accepted heads, and these commits whose device's clock
    was ahead of their acceptance: 32 bytes.
    """
    times = [commit + at.to_bytes(8, "big", signed=True) for commit, at in sorted(ahead.items())]
    return tagged_hash("place", *sorted(heads), *times)


def scope_fingerprint(places: Mapping[PlaceId, bytes]) -> bytes:
    """The fingerprint of a scope, from its places' fingerprints; places without heads are left out."""
    return _tree(sorted(places.items()), 0)


def _tree(places: list[tuple[PlaceId, bytes]], depth: int) -> bytes:
    if len(places) <= _LEAVES_MAX:
        return tagged_hash("scope leaf", *(part for pair in places for part in pair))
    branches: list[list[tuple[PlaceId, bytes]]] = [[] for _ in range(16)]
    for place in places:
        byte = place[0][depth // 2]
        branches[byte >> 4 if depth % 2 == 0 else byte & 15].append(place)
    return tagged_hash("scope node", *(_tree(branch, depth + 1) for branch in branches))
