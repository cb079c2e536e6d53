"""Keys and signatures: what each covers, so that nothing can be replayed as another thing.

A realm's id is the hash of its root key and a device's id the hash of its key, so both certify
themselves. The root key signs server certificates and is kept offline.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.ids import DeviceId, PlaceId, RealmId, mint, tagged_hash
from sync.sealedbox import agreed

KEY_BYTES = 32
SIGNATURE_BYTES = 64


class Signer(Protocol):
    """Holds a private key and signs with it; the key itself stays inside."""

    @property
    def public(self) -> bytes:
        """The public key: 32 bytes."""

    def sign(self, purpose: str, realm: RealmId, content: bytes) -> bytes:
        """A signature that is good for this purpose in this realm only: 64 bytes."""

    def agree(self, public: bytes) -> bytes | None:
        """The secret that this key and a box's public key agree on, None if that is no key."""


class KeySigner:
    """A signer over an Ed25519 seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, purpose: str, realm: RealmId, content: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._key.sign(_signed(purpose, realm, content))

    def agree(self, public: bytes) -> bytes | None:
        """See `Signer.agree`."""
        return agreed(self._key.private_bytes_raw(), public)


def is_signed(
    public: bytes, purpose: str, realm: RealmId, content: bytes, signature: bytes
) -> bool:
    """Whether the holder of that key signed the content for that purpose in that realm."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, _signed(purpose, realm, content))
    except (InvalidSignature, ValueError):
        return False
    return True


def realm_of(root_public: bytes) -> RealmId:
    """The realm that a root key founds."""
    return RealmId(mint("realm", root_public))


def device_of(public: bytes) -> DeviceId:
    """The device that a key belongs to."""
    return DeviceId(mint("device", public))


class Certificate(msgspec.Struct, frozen=True, array_like=True):
    """The root key's word that a server's key may accept commits below a place until a time."""

    realm: RealmId
    root: bytes
    server: bytes
    place: PlaceId
    since: int
    until: int
    signature: bytes = b""

    @property
    def device(self) -> DeviceId:
        """The server's device id."""
        return device_of(self.server)

    def content(self) -> bytes:
        """What the root key's signature covers."""
        times = f"{self.since} {self.until}".encode()
        return tagged_hash("certificate", self.root, self.server, self.place, times)

    def is_good(self, realm: RealmId) -> bool:
        """Whether this realm's own root key signed it."""
        return (
            self.realm == realm
            and realm_of(self.root) == realm
            and is_signed(self.root, "certificate", realm, self.content(), self.signature)
        )


def _signed(purpose: str, realm: RealmId, content: bytes) -> bytes:
    return b"tianji\x00" + purpose.encode() + b"\x00" + realm + content
