"""Changes MessagePack by its parts, so that a search gets past the outermost brackets."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

_NUMBERS = (0, 1, -1, 7, 255, 2**31, 2**43 - 1, 2**43, 2**53, 2**63 - 1, -(2**63), 2**64 - 1)
_OTHERS: tuple[object, ...] = (None, True, False, 1.5, "", b"", [], {}, "x" * 201, b"\xff" * 16)

_Place = tuple[Any, Any]
"""A list or map, and the index or key of a part in it."""


def mutated(data: bytes, bytes_max: int, chance: Random) -> bytes | None:
    """Other MessagePack that differs in one to three parts; None where the data is none, or too long."""
    try:
        whole = [msgspec.msgpack.decode(data)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    for _ in range(chance.randint(1, 3)):
        holder, at = chance.choice(list(_parts(whole)))
        _change(holder, at, chance)
    try:
        content = msgspec.msgpack.encode(whole[0])
    except (OverflowError, UnicodeEncodeError, IndexError):
        return None
    return content if len(content) <= bytes_max else None


def _parts(holder: Any) -> Iterator[_Place]:
    for at in list(range(len(holder)) if isinstance(holder, list) else holder):
        yield holder, at
        if isinstance(holder[at], list | dict):
            yield from _parts(holder[at])


def _change(holder: Any, at: Any, chance: Random) -> None:
    if isinstance(holder, list) and at >= len(holder):
        return
    part = holder[at]
    match part:
        case list() if part and chance.random() < 0.7:
            _change_list(part, chance)
        case bool():
            holder[at] = not part
        case int() if chance.random() < 0.8:
            near = part + chance.choice((-1, 1))
            holder[at] = chance.choice((near, chance.choice(_NUMBERS)))
        case bytes() if part and chance.random() < 0.8:
            holder[at] = _bytes(part, chance)
        case str() if part and chance.random() < 0.8:
            cut = chance.randrange(len(part))
            holder[at] = chance.choice((part[:cut], part[cut:] + part, part * 8))
        case _:
            holder[at] = chance.choice((*_OTHERS, *_NUMBERS))


def _change_list(part: list[Any], chance: Random) -> None:
    at = chance.randrange(len(part))
    match chance.randrange(4):
        case 0:
            del part[at]
        case 1:
            part.insert(at, part[at])
        case 2:
            other = chance.randrange(len(part))
            part[at], part[other] = part[other], part[at]
        case _:
            part.append(chance.choice((*_OTHERS, *_NUMBERS)))


def _bytes(part: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(part))
    match chance.randrange(3):
        case 0:
            return part[:at]
        case 1:
            return part + part[at:]
    return part[:at] + bytes([chance.randrange(256)]) + part[at + 1 :]
