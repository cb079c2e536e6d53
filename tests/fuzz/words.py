"""What people type and what stands in a cell: short texts with a grammar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import msgspec

from server.accounts import grants
from server.routes.refusals import asked_language
from sync import enrolment, period, places, quantity
from sync.definition import KINDS, canonical, read
from sync.grants import Register
from sync.ids import PlaceId, mint, mint_at
from sync.limits import QUANTITY_ABS_MAX
from sync.period import Kind
from sync.places import Tree
from sync.problems import Problem
from sync.texts import LANGUAGES
from sync.trust import KeySigner, device_of
from sync.value import Cell, Type, Value
from tests.fuzz.harness import Harness


def _text(data: bytes) -> str:
    """Any text, lone surrogates included: a browser's or a terminal's."""
    return data.decode("utf-8", "surrogateescape")


def _quantity(data: bytes) -> None:
    """Text and number turn into each other without loss (C1)."""
    units = quantity.parse(_text(data))
    assert abs(units) <= QUANTITY_ABS_MAX * quantity.SCALE
    assert quantity.parse(quantity.text(units)) == units


def _period(data: bytes) -> None:
    """A period reads as itself, and is made up of its parts."""
    text = _text(data)
    found = period.parse(text)
    assert found.text == text
    for kind in Kind:
        parts = found.parts(kind)
        assert not parts or (parts[0].start, parts[-1].end) == (found.start, found.end)
        assert all(period.parse(one.text) == one for one in parts)


def _code(data: bytes) -> None:
    """A clean code stays clean."""
    code = enrolment.clean_code(_text(data))
    assert enrolment.clean_code(code) == code


def _language(data: bytes) -> None:
    """Whatever a browser says it speaks, it is answered in one language."""
    assert asked_language(data.decode("latin-1")) in LANGUAGES


def _definition(data: bytes) -> None:
    """A definition has one text, which reads back as it; the first line is the kind."""
    kind, _, text = _text(data).partition("\n")
    found = read(kind, text)
    assert read(kind, canonical(found)) == found


class _Filed(msgspec.Struct, array_like=True):
    kind: str
    subject: str
    field: str
    number: int = 0
    text: str = ""
    at: bytes = b""


@dataclass
class _Holder:
    """As much of a ledger as the lists of who may do what look at."""

    register: Register = field(default_factory=Register)

    @staticmethod
    def now() -> int:
        return 1_730_000_000


_FILED = msgspec.msgpack.Decoder(list[_Filed])
_HERE = PlaceId(mint("place", b"here"))
_ABOVE = PlaceId(mint("place", b"above"))


def _cells(data: bytes) -> None:
    """Whatever an accepted commit says of people, devices and places, who reads it goes on."""
    try:
        filed = _FILED.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("commit-malformed", part="encoding") from error
    holder, tree = _Holder(), Tree()
    for one in filed[:100]:
        kind = Type.TEXT if one.text else Type.FLAG
        value = Value(kind, one.number, one.text[:4000])
        cell = Cell(one.kind, one.subject, one.field)
        place = PlaceId(one.at) if len(one.at) == len(_HERE) else _HERE
        holder.register.set(place, cell, [value])
        setting = places.read(cell, value)
        if setting is not None:
            tree.set(place, *setting)
    _read_all(holder, tree)


def _read_all(holder: _Holder, tree: Tree) -> None:
    grants.everything(cast(Any, holder))
    for name, device in holder.register.devices.items():
        assert bytes.fromhex(name)
        assert isinstance(device.revoked, bool)
    for day in (date(1, 1, 1), date(2024, 10, 27), date(9999, 12, 31)):
        for place in tree:
            assert place not in tree.ancestors(place, day)
            assert isinstance(tree.active(place, day), bool)
        tree.levels(day)
        tree.below(None, day)


def _seeds_of_cells() -> list[bytes]:
    key = KeySigner(bytes(32)).public
    device = device_of(key).hex()
    person = mint_at("person", _HERE, b"1").hex()
    grant = mint_at("grant", _HERE, b"1").hex()
    rows = [
        _Filed("device", device, "key", text=key.hex()),
        _Filed("device", device, "revoked", 1),
        _Filed("signin", device, person, 1),
        _Filed("person", person, "name", text="张三"),
        _Filed("person", person, "disabled", 1),
        _Filed("grant", grant, "person", text=person),
        _Filed("grant", grant, "role", text="enter"),
        _Filed("grant", grant, "until", text="1800000000"),
        _Filed("grant", grant, "ended", 1),
        _Filed("place", "2020-01-01", "code", text="445103"),
        _Filed("place", "2020-01-01", "name", text="村"),
        _Filed("place", "2020-01-01", "level", text="village"),
        _Filed("place", "2020-01-01", "parent", text=_ABOVE.hex()),
        _Filed("place", "2021-01-01", "parent", text=_HERE.hex(), at=_ABOVE),
        _Filed("place", "2022-02-28", "end", text="2023-01-01"),
    ]
    encode = msgspec.msgpack.Encoder().encode
    return [encode(rows), *(encode([row]) for row in rows)]


def _seeds_of_definitions() -> list[bytes]:
    from server.catalogue import shipped

    found: dict[str, list[bytes]] = {kind: [] for kind in KINDS}
    for kind, _, text in shipped().cells():
        found[kind].append(f"{kind}\n{text}".encode())
    return [one for texts in found.values() for one in sorted(texts, key=len)[:3]]


def _texts(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


HARNESSES = [
    Harness(
        "quantity",
        _quantity,
        lambda: _texts("0", "-12.5", "１２．５", "+.0001", " 999999999999.9999 ", "1000000000000"),
        256,
    ),
    Harness("period", _period, lambda: _texts("2024", "2024H1", "2024Q3", "2024-03"), 64),
    Harness("code", _code, lambda: _texts("ABCD-EFGH-IJKL-MNOP-QRST-UVW2", "a1b8-" * 6), 128),
    Harness(
        "language", _language, lambda: _texts("", "zh-TW;q=0.8, en;q=0.9", "en"), 256, is_total=True
    ),
    Harness("definition", _definition, _seeds_of_definitions, 2048),
    Harness("cells", _cells, _seeds_of_cells, 1024, is_msgpack=True, is_total=True),
]
