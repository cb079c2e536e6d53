"""The messages of a sync, and their bytes.

A request is signed by the device that sends it; every answer is one of the three replies. Fields
are only ever added at the end, with a default, so that older software reads what it knows.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

import msgspec
import zstandard

from sync.commit import Sealed
from sync.ids import HASH_BYTES, ID_BYTES, CommitId, DeviceId, PlaceId, RealmId
from sync.limits import MESSAGE_BYTES_MAX, MESSAGE_COMMITS_MAX
from sync.problems import Problem
from sync.receipt import Receipt, Refusal
from sync.trust import Certificate, Signer, device_of

Message = TypeVar("Message")

_CommitName = Annotated[CommitId, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
_PlaceName = Annotated[PlaceId, msgspec.Meta(min_length=ID_BYTES, max_length=ID_BYTES)]
_Second = Annotated[int, msgspec.Meta(ge=0, le=2**43)]  # beyond it lies nothing that a clock says

_BEYOND_REASON: Final = 10 * MESSAGE_COMMITS_MAX  # isn't even decoded: it takes memory

MEDIA_TYPE: Final = "application/vnd.tianji.sync+msgpack"


class Offered(msgspec.Struct, frozen=True, array_like=True):
    """A commit with the receipts that its sender holds for it."""

    sealed: Sealed
    receipts: tuple[Receipt, ...] = ()


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A hint where the sender stood in a server's order of acceptance; nothing depends on it."""

    epoch: bytes
    position: int
    commit: bytes
    scope: bytes


class SyncRequest(msgspec.Struct, frozen=True, array_like=True, tag="sync"):
    """What a device sends: what it has to give, and enough to tell what it lacks."""

    realm: RealmId
    version: int
    at: int
    commits: Annotated[tuple[Offered, ...], msgspec.Meta(max_length=_BEYOND_REASON)]
    parked: tuple[_CommitName, ...]
    withdrawn: tuple[_CommitName, ...]
    fingerprint: bytes
    cursor: Cursor | None
    heads: dict[_PlaceName, tuple[_CommitName, ...]] | None
    held: tuple[_CommitName, ...] = ()
    ahead: dict[_CommitName, int] = {}
    outside: tuple[_CommitName, ...] = ()
    landmarks: dict[_PlaceName, tuple[_CommitName, ...]] = {}


class SyncReply(msgspec.Struct, frozen=True, array_like=True, tag="synced"):
    """What a server answers: its word on each commit, what the device lacks, what it lacks itself."""

    at: _Second
    certificates: tuple[Certificate, ...]
    scope: tuple[_PlaceName, ...]
    receipts: tuple[tuple[_CommitName, Receipt], ...]
    refusals: tuple[Refusal, ...]
    held: tuple[tuple[_CommitName, str], ...]
    feed: tuple[Offered, ...]
    more: bool
    cursor: Cursor
    fingerprint: bytes
    wants: tuple[_CommitName, ...]
    have: dict[_PlaceName, tuple[_CommitName, ...]]
    version: int


class EnrolRequest(msgspec.Struct, frozen=True, array_like=True, tag="enrol"):
    """A new device's key, with the one-time code that it was invited with.

    With `joins`, it is a device that is registered already, and one more person signs in on it.
    """

    code: str
    key: bytes
    device_name: str
    person_name: str
    version: int
    joins: bool = False


class EnrolReply(msgspec.Struct, frozen=True, array_like=True, tag="enrolled"):
    """What a new device needs to know: its realm, its server, its place, its person, its grant."""

    realm: RealmId
    certificates: tuple[Certificate, ...]
    scope: tuple[_PlaceName, ...]
    place: _PlaceName
    person: bytes
    grant: bytes
    at: _Second


class ProblemReply(msgspec.Struct, frozen=True, array_like=True, tag="problem"):
    """Why the server could not answer: a problem's code and the values its sentence names."""

    code: str
    values: dict[str, str]
    retry_seconds: int = 0


class Signed(msgspec.Struct, frozen=True, array_like=True):
    """A request as it travels: its bytes, whose they are, and that device's signature."""

    request: bytes
    device: DeviceId = DeviceId(b"")
    signature: bytes = b""


Request = SyncRequest | EnrolRequest
Reply = SyncReply | EnrolReply | ProblemReply

# A block of zstandard's takes four bytes at least and gives 128 KiB at most: 16 MiB from one chunk.
_CHUNK_BYTES: Final = 512

_ENCODER = msgspec.msgpack.Encoder()
_REQUEST: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_REPLY: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
_SIGNED = msgspec.msgpack.Decoder(Signed)


def encode(message: Request | Reply | Signed) -> bytes:
    """A message's bytes, not packed."""
    return _ENCODER.encode(message)


def decode_request(content: bytes) -> Request:
    """The request in a signed message. Raises `message-malformed`, `message-too-large`."""
    request = _decode(_REQUEST, content)
    if isinstance(request, SyncRequest):
        if len(request.commits) > MESSAGE_COMMITS_MAX:
            raise Problem("message-too-large")
        if any(_repeats(one.receipts) for one in request.commits):
            raise Problem("message-malformed")
    return request


def decode_signed(content: bytes) -> Signed:
    """The signed message in a body. Raises `message-malformed`, `message-too-large`."""
    return _decode(_SIGNED, content)


def decode_reply(content: bytes) -> Reply:
    """The reply in a body. Raises `message-malformed`, `message-too-large`."""
    return _decode(_REPLY, content)


def realm_in(message: Request) -> RealmId:
    """The realm that a request is for; a device that enrols doesn't know one yet."""
    return message.realm if isinstance(message, SyncRequest) else RealmId(b"")


def sender(signer: Signer) -> DeviceId:
    """The device that signs with that key."""
    return device_of(signer.public)


def pack(content: bytes) -> bytes:
    """The bytes as they go over the network, with a sum by which an altered byte is noticed."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(content)


def unpack(content: bytes, dictionary: zstandard.ZstdCompressionDict | None = None) -> bytes:
    """The bytes that came over the network; a bomb is stopped at its declared or real size."""
    try:
        reader = zstandard.ZstdDecompressor(
            dict_data=dictionary, max_window_size=MESSAGE_BYTES_MAX
        ).decompressobj()
        parts: list[bytes] = []
        size = 0
        for start in range(0, len(content), _CHUNK_BYTES):
            parts.append(reader.decompress(content[start : start + _CHUNK_BYTES]))
            size += len(parts[-1])
            if size > MESSAGE_BYTES_MAX:
                raise Problem("message-too-large")
    except zstandard.ZstdError as error:
        raise Problem("message-malformed") from error
    if not reader.eof or reader.unused_data:
        raise Problem("message-malformed")
    return b"".join(parts)


def _repeats(receipts: tuple[Receipt, ...]) -> bool:
    """Whether a server's word comes twice: each is work to check, and one of each says it all."""
    return len({receipt.server for receipt in receipts}) < len(receipts)


def _decode(decoder: msgspec.msgpack.Decoder[Message], content: bytes) -> Message:
    if len(content) > MESSAGE_BYTES_MAX:
        raise Problem("message-too-large")
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("message-malformed") from error
