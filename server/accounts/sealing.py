"""What must be kept readable, and not by whoever gets hold of a table: encrypted with the server's key.

The key is derived from the seed of the server's own device, which lies in the table of secrets and
in its identity file. Whoever has a copy of the accounts' tables alone, from a query that leaked or
an export, can read none of it; whoever has the whole database or a backup of it can, as they have
the server's key then.
"""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync.ledger.database import Database

__all__ = ["Safe", "safe_of"]

_NONCE_BYTES = 12
_KEY_BYTES = 32


class Safe:
    """Encrypts short secrets, each bound to whose it is."""

    def __init__(self, seed: bytes) -> None:
        self._cipher = ChaCha20Poly1305(_derived(seed, b"tianji: what accounts keep sealed"))
        self._marks = _derived(seed, b"tianji: codes of accounts")

    def seal(self, secret: bytes, whose: bytes, nonce: bytes) -> bytes:
        """The secret as it is kept; `nonce` are 12 bytes of chance."""
        return nonce + self._cipher.encrypt(nonce, secret, whose)

    def open(self, sealed: bytes, whose: bytes) -> bytes | None:
        """The secret; None where another key sealed it, or for somebody else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], whose)
        except (InvalidTag, ValueError):
            return None

    def mark(self, code: str, whose: bytes) -> bytes:
        """What is kept of a code that is only ever compared."""
        return hmac.digest(self._marks, whose + code.encode(), "sha256")


async def safe_of(database: Database) -> Safe:
    """The safe of the server whose database it is."""
    ((seed,),) = await database.rows("SELECT value FROM secret WHERE name = 'device'")
    return Safe(seed)


def _derived(seed: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, None, purpose).derive(seed)
