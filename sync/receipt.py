"""Receipts and refusals: a server's signed word on a commit.

One signature serves a whole transaction: it covers the root of a Merkle tree over the ids of the
commits that were accepted in it, and each commit's receipt holds its path to that root.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from sync.ids import HASH_BYTES, CommitId, DeviceId, RealmId, tagged_hash
from sync.trust import Signer, device_of, is_signed

_SIGNATURES_KEPT = 4_096


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """A server's word that it holds a commit durably since `at` (seconds since 1970, UTC)."""

    server: DeviceId
    at: int
    leaf: int
    leaves: int
    path: bytes
    signature: bytes

    def is_good(self, realm: RealmId, server_key: bytes, commit: CommitId) -> bool:
        """Whether that server's key signed for that commit."""
        root = _root_by_path(commit, self.leaf, self.leaves, self.path)
        if root is None or device_of(server_key) != self.server:
            return False
        return _is_signed(realm, server_key, root, self.leaves, self.at, self.signature)


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A server's word that it refused a commit, with the reason's problem code."""

    commit: CommitId
    reason: str
    server: DeviceId
    at: int
    signature: bytes

    def is_good(self, realm: RealmId, server_key: bytes) -> bool:
        """Whether that server's key signed it."""
        return device_of(server_key) == self.server and is_signed(
            server_key,
            "refusal",
            realm,
            _refusal(self.commit, self.reason, self.at),
            self.signature,
        )


def receipts(signer: Signer, realm: RealmId, at: int, commits: Sequence[CommitId]) -> list[Receipt]:
    """One receipt for each of the commits, in their order, under one signature."""
    levels = _levels(commits)
    signature = signer.sign("receipt", realm, _content(levels[-1][0], len(commits), at))
    server = device_of(signer.public)
    return [
        Receipt(server, at, leaf, len(commits), _path(levels, leaf), signature)
        for leaf in range(len(commits))
    ]


def refuse(signer: Signer, realm: RealmId, at: int, commit: CommitId, reason: str) -> Refusal:
    """A signed refusal."""
    signature = signer.sign("refusal", realm, _refusal(commit, reason, at))
    return Refusal(commit, reason, device_of(signer.public), at, signature)


@lru_cache(_SIGNATURES_KEPT)
def _is_signed(
    realm: RealmId, server_key: bytes, root: bytes, leaves: int, at: int, signature: bytes
) -> bool:
    """One signature stands under a whole transaction's receipts: it is checked once for all."""
    return is_signed(server_key, "receipt", realm, _content(root, leaves, at), signature)


def _content(root: bytes, leaves: int, at: int) -> bytes:
    return tagged_hash("receipt", root, f"{leaves} {at}".encode())


def _refusal(commit: CommitId, reason: str, at: int) -> bytes:
    return tagged_hash("refusal", commit, f"{reason} {at}".encode())


def _leaf(commit: CommitId) -> bytes:
    return tagged_hash("leaf", commit)


def _node(left: bytes, right: bytes) -> bytes:
    return tagged_hash("node", left, right)


def _levels(commits: Sequence[CommitId]) -> list[list[bytes]]:
    levels = [[_leaf(commit) for commit in commits]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = range(0, len(below) - 1, 2)
        above = [_node(below[i], below[i + 1]) for i in pairs]
        levels.append(above + below[len(below) - len(below) % 2 :])
    return levels


def _path(levels: list[list[bytes]], leaf: int) -> bytes:
    path = b""
    for level in levels[:-1]:
        sibling = leaf ^ 1
        if sibling < len(level):
            path += level[sibling]
        leaf //= 2
    return path


def _root_by_path(commit: CommitId, leaf: int, leaves: int, path: bytes) -> bytes | None:
    if not 0 <= leaf < leaves or len(path) % HASH_BYTES:
        return None
    siblings = [path[i : i + HASH_BYTES] for i in range(0, len(path), HASH_BYTES)]
    node, width = _leaf(commit), leaves
    while width > 1:
        if leaf ^ 1 < width:
            if not siblings:
                return None
            sibling = siblings.pop(0)
            node = _node(sibling, node) if leaf % 2 else _node(node, sibling)
        leaf, width = leaf // 2, (width + 1) // 2
    return None if siblings else node
