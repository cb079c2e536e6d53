"""The canonical bytes of a commit: columns in MessagePack, one encoding and no other.

    [1, realm, place, parents, device, author, grant, catalogue, act,
     [[kind, subject, [field, …]], …],      cells, sorted, grouped by kind and subject
     [second, …], [counter, …],             stamps: seconds less the least of them, counters
     least second,
     codes, [payload, …],                   one byte a value says how its payload is read
     [[index, [edit, …]], …],               unseen, where there are any
     [[index, [edit, …]], …]]               replaced, where there are any

A quantity is written in the largest of three units that holds it exactly, so most are small.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sync.clock import COUNTER_BITS
from sync.commit import Change, Commit
from sync.ids import (
    HASH_BYTES,
    ID_BYTES,
    CommitId,
    DeviceId,
    EditId,
    GrantId,
    PersonId,
    PlaceId,
    RealmId,
)
from sync.limits import (
    CHANGE_NAMES_MAX,
    COMMIT_BYTES_MAX,
    COMMIT_CHANGES_MAX,
    COMMIT_PARENTS_MAX,
    NAME_CHARS_MAX,
    QUANTITY_ABS_MAX,
    TEXT_CHARS_MAX,
)
from sync.problems import Problem
from sync.value import Cell, Type, Value

FORMAT = 1

_WHOLE, _HUNDREDTHS, _TEN_THOUSANDTHS, _FLAG, _CHOICE, _TEXT, _REASON = range(1, 8)
_UNITS = {_WHOLE: 10_000, _HUNDREDTHS: 100, _TEN_THOUSANDTHS: 1}
_TEXT_TYPES = {_CHOICE: Type.CHOICE, _TEXT: Type.TEXT, _REASON: Type.REASON}
_TEXT_CODES = {kind: code for code, kind in _TEXT_TYPES.items()}
_COUNTER_MASK = (1 << COUNTER_BITS) - 1
_SECOND_MAX = 2**43 - 1  # with the counter, a stamp is below 2**63: what a database holds


class _Columns(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    format: int
    realm: bytes
    place: bytes
    parents: list[bytes]
    device: bytes
    author: bytes
    grant: bytes
    catalogue: str
    act: bytes
    groups: list[tuple[str, str, list[str]]]
    seconds: list[int]
    counters: list[int]
    least: int
    codes: bytes
    payloads: list[int | str]
    unseen: list[tuple[int, list[bytes]]]
    replaced: list[tuple[int, list[bytes]]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Columns)


def encode(commit: Commit) -> bytes:
    """The canonical bytes of a commit whose parts are in canonical order."""
    stamps = [change.stamp for change in commit.changes]
    least = min(stamps) >> COUNTER_BITS
    values = [_encode_value(change.value) for change in commit.changes]
    return _ENCODER.encode(
        _Columns(
            format=FORMAT,
            realm=commit.realm,
            place=commit.place,
            parents=list(commit.parents),
            device=commit.device,
            author=commit.author,
            grant=commit.grant,
            catalogue=commit.catalogue,
            act=commit.act,
            groups=_grouped(commit.changes),
            seconds=[(stamp >> COUNTER_BITS) - least for stamp in stamps],
            counters=[stamp & _COUNTER_MASK for stamp in stamps],
            least=least,
            codes=bytes(code for code, _ in values),
            payloads=[payload for _, payload in values],
            unseen=[(i, list(c.unseen)) for i, c in enumerate(commit.changes) if c.unseen],
            replaced=[(i, list(c.replaced)) for i, c in enumerate(commit.changes) if c.replaced],
        )
    )


def decode(body: bytes) -> Commit:
    """The commit that these bytes are. Raises `commit-malformed` for anything but canonical."""
    if len(body) > COMMIT_BYTES_MAX:
        raise _malformed("size")
    try:
        columns = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed("encoding") from error
    if columns.format != FORMAT:
        raise _malformed("format")
    if _ENCODER.encode(columns) != body:
        raise _malformed("encoding")
    _check_header(columns)
    commit = Commit(
        realm=RealmId(columns.realm),
        place=PlaceId(columns.place),
        parents=tuple(CommitId(parent) for parent in columns.parents),
        device=DeviceId(columns.device),
        author=PersonId(columns.author),
        grant=GrantId(columns.grant),
        catalogue=columns.catalogue,
        act=columns.act,
        changes=tuple(_changes(columns)),
    )
    commit.__dict__["body"] = body
    return commit


def _grouped(changes: tuple[Change, ...]) -> list[tuple[str, str, list[str]]]:
    groups: list[tuple[str, str, list[str]]] = []
    for change in changes:
        kind, subject, field = change.cell
        if not groups or groups[-1][:2] != (kind, subject):
            groups.append((kind, subject, []))
        groups[-1][2].append(field)
    return groups


def _encode_value(value: Value) -> tuple[int, int | str]:
    if value.type is Type.QUANTITY:
        for code in (_WHOLE, _HUNDREDTHS):
            if value.number % _UNITS[code] == 0:
                return code, value.number // _UNITS[code]
        return _TEN_THOUSANDTHS, value.number
    if value.type is Type.FLAG:
        return _FLAG, value.number
    return _TEXT_CODES[value.type], value.text


def _decode_value(code: int, payload: int | str) -> Value:
    if code in _UNITS and isinstance(payload, int):
        number = payload * _UNITS[code]
        if abs(number) > QUANTITY_ABS_MAX * 10_000:
            raise _malformed("quantity")
        value = Value(Type.QUANTITY, number, "")
    elif code == _FLAG and payload in (0, 1) and isinstance(payload, int):
        value = Value(Type.FLAG, payload, "")
    elif code in _TEXT_TYPES and isinstance(payload, str) and len(payload) <= TEXT_CHARS_MAX:
        value = Value(_TEXT_TYPES[code], 0, payload)
    else:
        raise _malformed("value")
    if code in (_HUNDREDTHS, _TEN_THOUSANDTHS) and _encode_value(value)[0] != code:
        raise _malformed("quantity")
    return value


def _check_header(columns: _Columns) -> None:
    ids = (columns.realm, columns.place, columns.device, columns.author, columns.grant)
    if any(len(identity) != ID_BYTES for identity in ids) or len(columns.act) not in (0, ID_BYTES):
        raise _malformed("ids")
    if len(columns.parents) > COMMIT_PARENTS_MAX or not _rising(columns.parents, HASH_BYTES):
        raise _malformed("parents")
    if len(columns.catalogue) > NAME_CHARS_MAX:
        raise _malformed("catalogue")
    count = len(columns.codes)
    lists = (columns.seconds, columns.counters, columns.payloads)
    fields = sum(len(group[2]) for group in columns.groups)
    if not 0 < count <= COMMIT_CHANGES_MAX or fields != count:
        raise _malformed("changes")
    if any(len(column) != count for column in lists):
        raise _malformed("columns")
    if min(columns.seconds) != 0 or not 0 <= columns.least <= _SECOND_MAX:
        raise _malformed("stamps")


def _changes(columns: _Columns) -> Iterator[Change]:
    unseen = _names(columns.unseen, len(columns.codes))
    replaced = _names(columns.replaced, len(columns.codes))
    for index, cell in enumerate(_cells(columns.groups)):
        second, counter = columns.seconds[index] + columns.least, columns.counters[index]
        if not 0 <= second <= _SECOND_MAX or not 0 <= counter <= _COUNTER_MASK:
            raise _malformed("stamps")
        yield Change(
            cell,
            _decode_value(columns.codes[index], columns.payloads[index]),
            second << COUNTER_BITS | counter,
            unseen.get(index, ()),
            replaced.get(index, ()),
        )


def _cells(groups: list[tuple[str, str, list[str]]]) -> Iterator[Cell]:
    last: tuple[str, ...] = ()
    for kind, subject, fields in groups:
        if not kind or not fields or (kind, subject) == last[:2]:
            raise _malformed("cells")
        for field in fields:
            cell = Cell(kind, subject, field)
            if cell <= last or max(len(kind), len(subject), len(field)) > NAME_CHARS_MAX:
                raise _malformed("cells")
            last = cell
            yield cell


def _names(listed: list[tuple[int, list[bytes]]], count: int) -> dict[int, tuple[EditId, ...]]:
    names: dict[int, tuple[EditId, ...]] = {}
    last = -1
    for index, edits in listed:
        if not last < index < count or not 0 < len(edits) <= CHANGE_NAMES_MAX:
            raise _malformed("names")
        if not _rising(edits, ID_BYTES):
            raise _malformed("names")
        names[index] = tuple(EditId(edit) for edit in edits)
        last = index
    return names


def _rising(names: list[bytes], length: int) -> bool:
    last = b""
    for name in names:
        if len(name) != length or name <= last:
            return False
        last = name
    return True


def _malformed(part: str) -> Problem:
    return Problem("commit-malformed", part=part)
