"""Content that only one device can read: shut for the holder of its key, by anybody.

A device has one key, for signatures (Ed25519). The same key read as a point of the other form of its
curve agrees on secrets (X25519, RFC 7748 §4.1 gives the map); the secret half is the hash of its
seed, as RFC 8032 §5.1.5 derives it. Whoever shuts a box makes a key for that box alone, so a stick
that is lost tells nothing, not even to its writer.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync.problems import Problem

__all__ = ["BOX_KEY_BYTES", "TAG_BYTES", "Opener", "Shutter", "agreed"]

BOX_KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_FIELD: Final = 2**255 - 19
_PURPOSE: Final = b"tianji sealed box 1"


class Shutter:
    """Shuts boxes for one receiver with one key made for them."""

    def __init__(self, receiver_key: bytes, chance: bytes) -> None:
        """`chance` are 32 bytes that nobody else knows and that are used once.

        Raises `key-unfit` where the receiver's key is no key.
        """
        own = X25519PrivateKey.from_private_bytes(chance)
        self.public = own.public_key().public_bytes_raw()
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(_agreeing(receiver_key)))
        except ValueError as error:
            raise Problem("key-unfit") from error
        self._cipher = _cipher(shared, self.public, receiver_key)

    def shut(self, number: int, content: bytes, beside: bytes) -> bytes:
        """One box; no two may have the same number. `beside` isn't hidden, and can't be altered."""
        return self._cipher.encrypt(_nonce(number), content, beside)


class Opener:
    """Opens the boxes that were shut for one's own key with that other key."""

    def __init__(self, shared: bytes, public: bytes, own_key: bytes) -> None:
        """`shared` is what one's own secret key and the box's public one agree on."""
        self._cipher = _cipher(shared, public, own_key)

    def open(self, number: int, content: bytes, beside: bytes) -> bytes | None:
        """What was shut in, None where anything of it was altered, or it was for another."""
        try:
            return self._cipher.decrypt(_nonce(number), content, beside)
        except InvalidTag:
            return None


def agreed(seed: bytes, public: bytes) -> bytes | None:
    """The secret that a device's seed and a box's public key agree on, None if that is no key."""
    secret = hashlib.sha512(seed).digest()[:BOX_KEY_BYTES]
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    except ValueError:
        return None


def _agreeing(key: bytes) -> bytes:
    """An Ed25519 public key as the X25519 key of the same secret. Raises ValueError."""
    if len(key) != BOX_KEY_BYTES:
        raise ValueError(len(key))
    y = int.from_bytes(key, "little") & ((1 << 255) - 1)
    if y >= _FIELD or y == 1:
        raise ValueError(y)
    u = (1 + y) * pow(1 - y, -1, _FIELD) % _FIELD
    return u.to_bytes(BOX_KEY_BYTES, "little")


def _cipher(shared: bytes, public: bytes, receiver_key: bytes) -> ChaCha20Poly1305:
    salt = hashlib.sha256(public + receiver_key).digest()
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt, _PURPOSE).derive(shared))


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")
