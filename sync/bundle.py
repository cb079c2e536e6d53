"""A bundle: messages in one file for a USB stick, each box of it whole in itself.

    file   box, box, …          in any order; several bundles may lie one behind the other
    box    mark                 4 bytes by which a reader finds the next box behind what is damaged
           receiver             4 bytes of the device's id that it is for, to say whose it is
           key                  32 bytes: the public key of all boxes of this bundle
           number, count        2 bytes each: which box it is of how many
           length               4 bytes, of what follows the sum
           sum                  4 bytes: CRC-32 of the fields above, so that a damaged length is seen
           content              shut for the receiver (`sync/sealedbox.py`)

What is shut in is `Page`s, packed with a dictionary of what every month's commit holds, so that one
village's few values aren't outweighed by the codes that they are filed under. A file that is cut, rotten or copied by half gives each box that
is whole, and says which numbers are missing. Numbers in the file are big-endian.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, NamedTuple

import msgspec
import zstandard

from sync import wire
from sync.ids import DeviceId
from sync.limits import BUNDLE_BOX_BYTES, BUNDLE_BOXES_MAX, MESSAGE_BYTES_MAX
from sync.problems import Problem
from sync.sealedbox import BOX_KEY_BYTES, TAG_BYTES, Opener, Shutter

__all__ = ["SUFFIX", "Agree", "Found", "Page", "read", "written"]

SUFFIX: Final = ".tianji"
_MARK: Final = b"\x89TJ\n"
_HEAD: Final = struct.Struct(f">4s4s{BOX_KEY_BYTES}sHHI")
_SUM: Final = struct.Struct(">I")
_HINT_BYTES: Final = 4
_LENGTH_MAX: Final = MESSAGE_BYTES_MAX + 2**16

Agree = Callable[[bytes], bytes | None]
"""What one's own secret key and a public key agree on, None if that is no key."""


class Page(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way by stick. `serial` counts what a device wrote; a server's answer
    carries the serial that it answers, so that what comes late is known to be late.
    """

    serial: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    message: bytes
    """A signed request, or a reply, as `sync.wire` encodes it."""


@dataclass(frozen=True, slots=True)
class _Head:
    hint: bytes
    key: bytes
    number: int
    count: int
    length: int
    start: int


@dataclass
class Found:
    """One bundle out of a file: its pages in order, and how much of it is gone."""

    pages: list[Page] = field(default_factory=list)
    count: int = 0
    missing: tuple[int, ...] = ()
    """The numbers of boxes that are not there or not whole, from 1."""


class Read(NamedTuple):
    """What a file held for this device, and how many bundles in it were for others."""

    found: list[Found]
    for_others: int


def written(pages: Sequence[Page], receiver: DeviceId, key: bytes, chance: bytes) -> bytes:
    """The file; `key` is the receiver's, `chance` are 32 fresh bytes. Raises `key-unfit`."""
    shutter = Shutter(key, chance)
    parts = list(_parts(pages))
    boxes = []
    for number, part in enumerate(parts, 1):
        content = _packed(part)
        fields = (_MARK, receiver[:_HINT_BYTES], shutter.public, number, len(parts))
        head = _HEAD.pack(*fields, len(content) + TAG_BYTES)
        head += _SUM.pack(zlib.crc32(head))
        boxes.append(head + shutter.shut(number, content, head))
    return b"".join(boxes)


def read(content: bytes, device: DeviceId, key: bytes, agree: Agree) -> Read:
    """All that is whole in a file and meant for this device, whatever was done to the rest."""
    bundles: dict[bytes, dict[int, list[Page]]] = {}
    counts: dict[bytes, int] = {}
    others: set[bytes] = set()
    openers: dict[bytes, Opener | None] = {}
    for head in _heads(content):
        if head.hint != device[:_HINT_BYTES]:
            others.add(head.key)
            continue
        if head.key not in openers:
            shared = agree(head.key)
            openers[head.key] = Opener(shared, head.key, key) if shared is not None else None
        pages = _opened(content, head, openers[head.key])
        counts[head.key] = max(counts.get(head.key, 0), head.count)
        if pages is not None:
            bundles.setdefault(head.key, {}).setdefault(head.number, pages)
    found = [_found(bundles.get(one, {}), count) for one, count in counts.items()]
    return Read(found, len(others - counts.keys()))


def _parts(pages: Sequence[Page]) -> Iterator[bytes]:
    """The pages in as many parts as boxes want: small ones together, which packs them better."""
    part: list[Page] = []
    size = 0
    for page in pages:
        if part and size + len(page.message) > BUNDLE_BOX_BYTES:
            yield _ENCODER.encode(part)
            part, size = [], 0
        part.append(page)
        size += len(page.message)
    yield _ENCODER.encode(part)


def _heads(content: bytes) -> Iterator[_Head]:
    """Every box's head that is whole and fits; behind a damaged one the next mark is looked for."""
    at = content.find(_MARK)
    size = _HEAD.size + _SUM.size
    while at >= 0:
        following = at + 1
        head = content[at : at + size]
        if len(head) == size and _SUM.unpack(head[-_SUM.size :])[0] == zlib.crc32(
            head[: _HEAD.size]
        ):
            _, hint, key, number, count, length = _HEAD.unpack(head[: _HEAD.size])
            if 0 < number <= count <= BUNDLE_BOXES_MAX and TAG_BYTES <= length <= _LENGTH_MAX:
                yield _Head(hint, key, number, count, length, at + size)
                if at + size + length <= len(content):
                    following = at + size + length
        at = content.find(_MARK, following)


def _opened(content: bytes, head: _Head, opener: Opener | None) -> list[Page] | None:
    shut = content[head.start : head.start + head.length]
    if opener is None or len(shut) < head.length:
        return None
    beside = content[head.start - _HEAD.size - _SUM.size : head.start]
    packed = opener.open(head.number, shut, beside)
    if packed is None:
        return None
    try:
        return _PAGES.decode(wire.unpack(packed, _DICTIONARY))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Problem):
        return None  # whoever shut it in wrote nonsense: as good as not there


def _found(boxes: dict[int, list[Page]], count: int) -> Found:
    pages = [page for number in sorted(boxes) for page in boxes[number]]
    missing = tuple(number for number in range(1, count + 1) if number not in boxes)
    return Found(pages, count, missing)


def _packed(part: bytes) -> bytes:
    """Altered bytes are noticed by the box, so no sum is written beside."""
    packer = zstandard.ZstdCompressor(
        level=19,
        dict_data=_DICTIONARY,
        write_checksum=False,
        write_content_size=False,
        write_dict_id=False,
    )
    return packer.compress(part)


def _usual() -> bytes:
    """What the commits of most places hold: codes as catalogues form them, counters that rise by
    one. It belongs to the format: another one would need another mark.
    """
    numbers = (*range(1, 21), *range(501, 521))
    codes = (f"{letter}{number:03d}" for letter in "ABCDEFGHKLMNPQ" for number in numbers)
    columns = bytes(range(128)) + bytes([1] * 64 + [2] * 64) + bytes(128)
    return b"".join(map(_ENCODER.encode, codes)) + columns + b"".join(_SEAMS)


# The few bytes that stand between the ids and columns of a request with one commit.
_SEAMS: Final = (
    b"\x91\x93\xaasubmission",
    b"\xa9submitted",
    b"\x91\x92\x01\xc5\x06",
    b"\x93\xc5\x05\xb6\x9e\xa4sync\xc4\x10",
    b"\x01\x01\xceg",
    b"\x91\x92\x92\xc5\x04",
    b"\xdc\x00\x11\x01\xc4\x10",
    b"\x91\xc4\x20",
    b"\xc4\x10",
    b"\xc4\x00\x91\x93\xa5value\xa72024-",
    b"\xdc\x00",
    b"\x90\x90\xc4\x40",
    b"\x90\x90\x90\xc4\x20",
    b"\x94\xc4\x08",
    b"\xc0\x90\x80\x90\x80\xc4\x10",
    b"\xc4\x40",
)


_ENCODER = msgspec.msgpack.Encoder()
_PAGES = msgspec.msgpack.Decoder(list[Page])
_DICTIONARY = zstandard.ZstdCompressionDict(_usual(), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
