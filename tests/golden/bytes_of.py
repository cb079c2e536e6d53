"""Messages, commits, receipts and refusals, made of counters alone."""

from __future__ import annotations

from typing import Any

import msgspec

from sync import history, wire
from sync.commit import Change, Commit, Sealed, commit_of, edit_id
from sync.ids import CommitId, DeviceId, GrantId, PersonId, PlaceId, mint, realm_place
from sync.receipt import receipts, refuse
from sync.trust import Certificate, KeySigner, device_of, realm_of
from sync.value import Cell, Type, Value
from sync.versions import V1
from sync.wire import (
    Cursor,
    EnrolReply,
    EnrolRequest,
    Offered,
    ProblemReply,
    Signed,
    SyncReply,
    SyncRequest,
)

__all__ = ["commits", "folded", "messages", "readable", "words"]

ROOT = KeySigner(bytes(range(32)))
SERVER = KeySigner(bytes(range(1, 33)))
DEVICE = KeySigner(bytes(range(2, 34)))
REALM = realm_of(ROOT.public)
PLACE = PlaceId(mint("place", b"golden"))
PERSON, GRANT = PersonId(mint("person", b"golden")), GrantId(mint("grant", b"golden"))
AT = 1_764_000_000
UNSIGNED = Certificate(REALM, ROOT.public, SERVER.public, realm_place(REALM), AT, AT + 1_000_000)
CERTIFICATE = msgspec.structs.replace(
    UNSIGNED, signature=ROOT.sign("certificate", REALM, UNSIGNED.content())
)
VALUES = (
    (Cell("note", "2024", "B001"), Value(Type.TEXT, 0, "按账本 ✓")),
    (Cell("submission", "2024Q1", "C201"), Value(Type.CHOICE, 0, "submitted")),
    (Cell("value", "2024", "B001"), Value(Type.QUANTITY, 12_0000, "")),
    (Cell("value", "2024", "B002"), Value(Type.QUANTITY, -3400, "")),
    (Cell("value", "2024", "B003"), Value(Type.QUANTITY, 1, "")),
    (Cell("value", "2024", "B004"), Value(Type.FLAG, 1, "")),
    (Cell("value", "2024", "B005"), Value(Type.REASON, 0, "not_yet_available")),
    (Cell("unheard of", "of 2031", "x"), Value(Type.TEXT, 0, "kept")),
)


def commits() -> list[Commit]:
    """Four at one place: all types of value, two side by side, and one that joins them."""
    device = device_of(DEVICE.public)
    first = _commit([], VALUES, 0)
    cell, value = VALUES[2]
    seen = edit_id(device, PLACE, cell, _stamp(2), value)
    left = _commit([first.id], [(cell, Value(Type.QUANTITY, 13_0000, ""))], 20, unseen=(seen,))
    older = edit_id(device, PLACE, cell, _stamp(25), Value(Type.QUANTITY, 1, ""))
    right = _commit([first.id], [(cell, Value(Type.QUANTITY, 14_0000, ""))], 30, replaced=(older,))
    joined = [(Cell("value", "2024", "B002"), Value(Type.QUANTITY, 99, ""))]
    return [first, left, right, _commit([left.id, right.id], joined, 40, act=bytes(range(16)))]


def folded() -> list[list[object]]:
    """What they fold to: cell, type, number, text, stamp, commit."""
    cells = history.fold(commits())
    return [
        [*cell, int(one.value.type), one.value.number, one.value.text, one.stamp, one.commit.hex()]
        for cell, versions in sorted(cells.items())
        for one in versions
    ]


def words() -> dict[str, Any]:
    """A certificate, the receipts of one transaction, a refusal."""
    names = [commit.id for commit in commits()]
    return {
        "certificate": CERTIFICATE,
        "receipts": dict(
            zip((name.hex() for name in names), receipts(SERVER, REALM, AT, names), strict=True)
        ),
        "refusal": refuse(SERVER, REALM, AT, names[1], "grant-ended"),
    }


def messages() -> dict[str, wire.Request | wire.Reply | Signed]:
    """One of every kind, no field of it empty."""
    request = _request()
    code = "ABCDEFGHABCDEFGHABCDEFGH"
    return {
        "sync": request,
        "synced": _reply(),
        "enrol": EnrolRequest(code, DEVICE.public, "村里的电脑", "张三", V1),
        "enrolled": EnrolReply(REALM, (CERTIFICATE,), (PLACE,), PLACE, PERSON, GRANT, AT),
        "problem": ProblemReply("version-unspoken", {"version": "7"}, 5),
        "signed": _signed(wire.encode(request)),
    }


def readable(message: object) -> Any:
    """A message's fields by their names, for JSON: bytes in hexadecimal."""
    match message:
        case msgspec.Struct():
            names = message.__struct_fields__
            return {name: readable(getattr(message, name)) for name in names}
        case bytes():
            return message.hex()
        case dict():
            return {readable(key): readable(value) for key, value in message.items()}
        case tuple() | list():
            return [readable(one) for one in message]
    return message


NAME, OTHER = CommitId(bytes(range(32))), CommitId(bytes(range(32, 64)))
CURSOR = Cursor(b"epoch123", 41, NAME, b"scope123")


def _request() -> SyncRequest:
    return SyncRequest(
        realm=REALM,
        version=V1,
        at=AT,
        commits=(_offered(),),
        parked=(NAME,),
        withdrawn=(OTHER,),
        fingerprint=bytes(range(64, 96)),
        cursor=CURSOR,
        heads={PLACE: (NAME, OTHER)},
        held=(OTHER,),
        ahead={NAME: AT - 5},
        outside=(NAME,),
        landmarks={PLACE: (NAME,)},
    )


def _reply() -> SyncReply:
    offered = _offered()
    return SyncReply(
        at=AT,
        certificates=(CERTIFICATE,),
        scope=(PLACE, realm_place(REALM)),
        receipts=((commits()[0].id, offered.receipts[0]),),
        refusals=(refuse(SERVER, REALM, AT, OTHER, "device-revoked"),),
        held=((OTHER, "unknown-grant"),),
        feed=(offered,),
        more=True,
        cursor=CURSOR,
        fingerprint=bytes(range(64, 96)),
        wants=(OTHER,),
        have={PLACE: (NAME,)},
        version=V1,
    )


def _offered() -> Offered:
    first = commits()[0]
    sealed = Sealed(first.body, DEVICE.sign("commit", REALM, first.id))
    return Offered(sealed, tuple(receipts(SERVER, REALM, AT, [first.id])))


def _signed(content: bytes) -> Signed:
    device: DeviceId = device_of(DEVICE.public)
    return Signed(content, device, DEVICE.sign("request", REALM, content))


def _commit(
    parents: list[CommitId],
    values: list[tuple[Cell, Value]] | tuple[tuple[Cell, Value], ...],
    start: int,
    *,
    unseen: tuple[Any, ...] = (),
    replaced: tuple[Any, ...] = (),
    act: bytes = b"",
) -> Commit:
    changes = [
        Change(cell, value, _stamp(start + at), unseen, replaced)
        for at, (cell, value) in enumerate(values)
    ]
    return commit_of(
        realm=REALM,
        place=PLACE,
        parents=parents,
        device=device_of(DEVICE.public),
        author=PERSON,
        grant=GRANT,
        changes=changes,
        catalogue="0123456789abcdef",
        act=act,
    )


def _stamp(number: int) -> int:
    return (AT - 1000 + number) << 20 | number
