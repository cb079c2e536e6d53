"""An invitation as a file: what a laptop that never had a network needs to ask for its enrolment.

It holds a one-time code, like the paper it would else stand on, and the servers that may answer.
Whoever finds it can use it once, until it is used or over; it tells nothing else.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sync.enrolment import names_realm
from sync.ids import RealmId
from sync.problems import Problem
from sync.trust import Certificate

__all__ = ["Invitation", "read", "written"]

_BEGINS: Final = b"\x89TJ-invitation 1\n"
_BYTES_MAX: Final = 65_536


class Invitation(msgspec.Struct, frozen=True, array_like=True):
    """A code, and the server that gave it out, certified by its realm's root key."""

    realm: RealmId
    code: str
    certificates: tuple[Certificate, ...]

    @property
    def server(self) -> Certificate:
        """The server that is asked."""
        return self.certificates[0]


def written(invitation: Invitation) -> bytes:
    """The file."""
    return _BEGINS + msgspec.msgpack.encode(invitation)


def read(content: bytes) -> Invitation:
    """The invitation in a file. Raises `invitation-malformed`."""
    if not content.startswith(_BEGINS) or len(content) > _BYTES_MAX:
        raise Problem("invitation-malformed")
    try:
        found = _DECODER.decode(content[len(_BEGINS) :])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("invitation-malformed") from error
    good = found.certificates and all(one.is_good(found.realm) for one in found.certificates)
    if not good or not names_realm(found.code, found.realm):
        raise Problem("invitation-malformed")
    return found


_DECODER = msgspec.msgpack.Decoder(Invitation)
