"""Signatures, receipts and certificates to the byte: what other software would have to make."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.ids import CommitId, PlaceId
from sync.receipt import receipts, refuse
from sync.trust import (
    KEY_BYTES,
    SIGNATURE_BYTES,
    Certificate,
    KeySigner,
    device_of,
    is_signed,
    realm_of,
)

SEED = b"\x07" * 32
SERVER = KeySigner(SEED)
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
REALM = realm_of(b"\x05" * 32)
COMMITS = [CommitId(hashlib.sha256(bytes([number])).digest()) for number in range(9)]


def hashed(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts with their lengths, written once more."""
    text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(b"tianji\0" + purpose.encode() + b"\0" + text).digest()


def verify(purpose: str, content: bytes, signature: bytes) -> None:
    """Raises unless the server's key signed that for the purpose in the realm."""
    message = b"tianji\0" + purpose.encode() + b"\0" + REALM + content
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, message)


def root_of(nodes: list[bytes]) -> bytes:
    """A level of the tree is made of pairs; who has no neighbour goes up as it is."""
    if len(nodes) == 1:
        return nodes[0]
    pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
    return root_of([hashed("node", *pair) if len(pair) == 2 else pair[0] for pair in pairs])


def test_names_of_realms_and_devices_are_hashes_of_keys() -> None:
    """Sixteen bytes of the hash of the key, for one purpose each."""
    assert SERVER.public == PUBLIC
    assert len(PUBLIC) == KEY_BYTES
    assert realm_of(PUBLIC) == hashed("realm", PUBLIC)[:16]
    assert device_of(PUBLIC) == hashed("device", PUBLIC)[:16]


def test_a_signature_covers_purpose_realm_and_content() -> None:
    """In this order, so that others can check it."""
    signature = SERVER.sign("request", REALM, b"content")

    verify("request", b"content", signature)
    assert len(signature) == SIGNATURE_BYTES
    assert is_signed(PUBLIC, "request", REALM, b"content", signature)


@pytest.mark.parametrize("count", range(1, 10))
def test_one_signature_stands_under_the_root_of_all_commits(count: int) -> None:
    """The root, their number and the time are signed; each receipt tells where its commit is."""
    given = receipts(SERVER, REALM, 77, COMMITS[:count])
    root = root_of([hashed("leaf", commit) for commit in COMMITS[:count]])

    assert len({one.signature for one in given}) == 1
    verify("receipt", hashed("receipt", root, f"{count} 77".encode()), given[0].signature)
    assert [(one.server, one.at, one.leaf, one.leaves) for one in given] == [
        (device_of(PUBLIC), 77, leaf, count) for leaf in range(count)
    ]
    assert all(
        one.is_good(REALM, PUBLIC, commit) for one, commit in zip(given, COMMITS, strict=False)
    )


def test_a_path_holds_the_neighbours_from_the_leaf_up() -> None:
    """Of five commits the last has one neighbour only, the first has three."""
    leaves = [hashed("leaf", commit) for commit in COMMITS[:5]]
    left, right = hashed("node", *leaves[:2]), hashed("node", *leaves[2:4])
    given = receipts(SERVER, REALM, 77, COMMITS[:5])

    assert given[0].path == leaves[1] + right + leaves[4]
    assert given[3].path == leaves[2] + left + leaves[4]
    assert given[4].path == hashed("node", left, right)


def test_a_refusal_is_signed_with_its_reason_and_time() -> None:
    """Nobody can give another reason for it."""
    refusal = refuse(SERVER, REALM, 77, COMMITS[0], "grant-ended")

    verify("refusal", hashed("refusal", COMMITS[0], b"grant-ended 77"), refusal.signature)
    assert (refusal.commit, refusal.reason, refusal.at) == (COMMITS[0], "grant-ended", 77)
    assert refusal.server == device_of(PUBLIC)


def test_a_certificate_covers_both_keys_the_place_and_the_times() -> None:
    """Its device is the server's; its signature is the root key's."""
    place = PlaceId(b"p" * 16)
    certificate = Certificate(realm_of(PUBLIC), PUBLIC, b"s" * 32, place, 5, 9)

    assert certificate.content() == hashed("certificate", PUBLIC, b"s" * 32, place, b"5 9")
    assert certificate.device == device_of(b"s" * 32)
    assert certificate.signature == b""
