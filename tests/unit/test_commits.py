"""Commits: their one encoding at each of its bounds, and the names of commits and edits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sync import commit_bytes
from sync.clock import COUNTER_BITS
from sync.commit import Change, Commit, commit_of, edit_id
from sync.ids import CommitId, DeviceId, EditId, GrantId, PersonId, PlaceId, RealmId
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
from sync.value import (
    Cell,
    Type,
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)

SECOND = 1_730_000_000
Columns = list[Any]
(
    FORMAT,
    REALM,
    PLACE,
    PARENTS,
    DEVICE,
    AUTHOR,
    GRANT,
    CATALOGUE,
    ACT,
    GROUPS,
    SECONDS,
    COUNTERS,
) = range(12)
LEAST, CODES, PAYLOADS, UNSEEN, REPLACED = range(12, 17)


def name(number: int, length: int = 32) -> bytes:
    """A name that sorts by its number."""
    return number.to_bytes(length, "big")


def commit(*changes: Change, **fields: Any) -> Commit:
    """A commit of these changes."""
    return commit_of(
        **{
            "realm": RealmId(name(1, 16)),
            "place": PlaceId(name(2, 16)),
            "parents": [CommitId(name(2)), CommitId(name(1))],
            "device": DeviceId(name(3, 16)),
            "author": PersonId(name(4, 16)),
            "grant": GrantId(name(5, 16)),
            "catalogue": "v1",
            "act": name(6, 16),
            "changes": changes,
            **fields,
        }
    )


def change(field: str, value: Value, stamp: int = SECOND << COUNTER_BITS, **names: Any) -> Change:
    """A change of one value of a quarter."""
    return Change(Cell("value", "2024Q3", field), value, stamp, **names)


TWO = (
    change(
        "B002",
        text_value("备注"),
        SECOND + 7 << COUNTER_BITS | 5,
        unseen=(EditId(name(1, 16)), EditId(name(2, 16))),
        replaced=(EditId(name(3, 16)),),
    ),
    change("B001", quantity_value(120_000)),
)


def columns_of(one: Commit) -> Columns:
    """A commit's bytes as the lists that they are."""
    columns: Columns = msgspec.msgpack.decode(one.body)
    return columns


def refused(columns: Columns) -> str:
    """Which part of these columns is malformed."""
    with pytest.raises(Problem) as raised:
        commit_bytes.decode(msgspec.msgpack.encode(columns))
    assert raised.value.code == "commit-malformed"
    return str(raised.value.values["part"])


def test_the_bytes_are_those_that_the_format_names() -> None:
    """Sorted, in columns, stamps from the least: as the module's docstring lays them out (C2)."""
    assert columns_of(commit(*TWO)) == [
        1,
        *(name(1, 16), name(2, 16)),
        [name(1), name(2)],
        *(name(3, 16), name(4, 16), name(5, 16)),
        "v1",
        name(6, 16),
        [["value", "2024Q3", ["B001", "B002"]]],
        *([0, 7], [0, 5]),
        SECOND,
        bytes([1, 6]),
        [12, "备注"],
        [[1, [name(1, 16), name(2, 16)]]],
        [[1, [name(3, 16)]]],
    ]


@pytest.mark.parametrize(
    "value, code, payload",
    [
        (quantity_value(0), 1, 0),
        (quantity_value(-30_000), 1, -3),
        (quantity_value(12_300), 2, 123),
        (quantity_value(12_345), 3, 12_345),
        (flag_value(True), 4, 1),
        (flag_value(False), 4, 0),
        (choice_value("road"), 5, "road"),
        (text_value(""), 6, ""),
        (reason_value("below_unit"), 7, "below_unit"),
    ],
)
def test_each_value_is_written_in_its_one_way(value: Value, code: int, payload: object) -> None:
    """A quantity takes the largest unit that holds it, whatever the value reads back (C2)."""
    columns = columns_of(commit(change("B001", value)))

    assert (columns[CODES], columns[PAYLOADS]) == (bytes([code]), [payload])
    assert commit_bytes.decode(msgspec.msgpack.encode(columns)).changes[0].value == value


@pytest.mark.parametrize(
    "codes, payload, part",
    [
        (2, 1_200, "quantity"),
        (3, 1_200, "quantity"),
        (3, 10_000, "quantity"),
        (1, QUANTITY_ABS_MAX + 1, "quantity"),
        (1, -QUANTITY_ABS_MAX - 1, "quantity"),
        (2, QUANTITY_ABS_MAX * 100 + 1, "quantity"),
        (3, QUANTITY_ABS_MAX * 10_000 + 1, "quantity"),
        (1, "1", "value"),
        (4, 2, "value"),
        (4, -1, "value"),
        (4, "1", "value"),
        (5, 1, "value"),
        (6, "x" * (TEXT_CHARS_MAX + 1), "value"),
        (0, 0, "value"),
        (8, 0, "value"),
        (8, "", "value"),
    ],
)
def test_a_value_in_another_way_is_malformed(codes: int, payload: object, part: str) -> None:
    """A larger unit would have held it, it is out of bounds, or it is of no type (C2)."""
    columns = columns_of(commit(change("B001", quantity_value(0))))
    columns[CODES], columns[PAYLOADS] = bytes([codes]), [payload]

    assert refused(columns) == part


@pytest.mark.parametrize("units", [QUANTITY_ABS_MAX * 10_000, -QUANTITY_ABS_MAX * 10_000])
def test_the_largest_quantity_and_the_longest_text_go_in(units: int) -> None:
    """A bound itself is within it."""
    values = (quantity_value(units), text_value("x" * TEXT_CHARS_MAX))
    one = commit(*(change(f"B{at}", value) for at, value in enumerate(values)))

    assert tuple(each.value for each in commit_bytes.decode(one.body).changes) == values


def put(at: int, value: object) -> Callable[[Columns], None]:
    """Sets one column."""

    def edit(columns: Columns) -> None:
        columns[at] = value

    return edit


@pytest.mark.parametrize(
    "edit, part",
    [
        (put(FORMAT, 2), "format"),
        (put(REALM, name(1, 15)), "ids"),
        (put(PLACE, name(1, 17)), "ids"),
        (put(DEVICE, b""), "ids"),
        (put(AUTHOR, name(1)), "ids"),
        (put(GRANT, b""), "ids"),
        (put(ACT, name(1, 15)), "ids"),
        (put(PARENTS, [name(2), name(1)]), "parents"),
        (put(PARENTS, [name(1), name(1)]), "parents"),
        (put(PARENTS, [name(1, 31)]), "parents"),
        (put(PARENTS, [name(at) for at in range(COMMIT_PARENTS_MAX + 1)]), "parents"),
        (put(CATALOGUE, "x" * (NAME_CHARS_MAX + 1)), "catalogue"),
        (put(GROUPS, [["value", "2024Q3", ["B001"]]]), "changes"),
        (put(GROUPS, [["value", "2024Q3", ["B001", "B002", "B003"]]]), "changes"),
        (put(CODES, bytes([1])), "changes"),
        (put(SECONDS, [0]), "columns"),
        (put(COUNTERS, [0, 0, 0]), "columns"),
        (put(PAYLOADS, [1]), "columns"),
        (put(SECONDS, [1, 2]), "stamps"),
        (put(SECONDS, [-1, 0]), "stamps"),
        (put(SECONDS, [0, 2**43 - SECOND]), "stamps"),
        (put(LEAST, -1), "stamps"),
        (put(LEAST, 2**43), "stamps"),
        (put(COUNTERS, [0, 2**COUNTER_BITS]), "stamps"),
        (put(COUNTERS, [-1, 0]), "stamps"),
        (put(GROUPS, [["value", "2024Q3", ["B002", "B001"]]]), "cells"),
        (put(GROUPS, [["value", "2024Q3", ["B001", "B001"]]]), "cells"),
        (put(GROUPS, [["value", "2024Q3", ["B001"]], ["value", "2024Q3", ["B002"]]]), "cells"),
        (put(GROUPS, [["value", "2024Q3", ["B001"]], ["note", "2024Q3", ["B002"]]]), "cells"),
        (put(GROUPS, [["", "2024Q3", ["B001", "B002"]]]), "cells"),
        (put(GROUPS, [["value", "", []], ["value", "2024Q3", ["B001", "B002"]]]), "cells"),
        (put(GROUPS, [["x" * (NAME_CHARS_MAX + 1), "", ["B001", "B002"]]]), "cells"),
        (put(GROUPS, [["value", "x" * (NAME_CHARS_MAX + 1), ["B001", "B002"]]]), "cells"),
        (put(GROUPS, [["value", "", ["B001", "C" * (NAME_CHARS_MAX + 1)]]]), "cells"),
        (put(UNSEEN, [[2, [name(1, 16)]]]), "names"),
        (put(UNSEEN, [[-1, [name(1, 16)]]]), "names"),
        (put(UNSEEN, [[1, [name(1, 16)]], [0, [name(1, 16)]]]), "names"),
        (put(UNSEEN, [[1, [name(1, 16)]], [1, [name(2, 16)]]]), "names"),
        (put(UNSEEN, [[1, []]]), "names"),
        (put(UNSEEN, [[1, [name(at, 16) for at in range(CHANGE_NAMES_MAX + 1)]]]), "names"),
        (put(REPLACED, [[0, [name(1)]]]), "names"),
        (put(REPLACED, [[0, [name(2, 16), name(1, 16)]]]), "names"),
    ],
)
def test_each_part_is_refused_past_its_bound(edit: Callable[[Columns], None], part: str) -> None:
    """Out of order, twice, too many, too long, of another length: the part is named (C2)."""
    columns = columns_of(commit(*TWO))
    edit(columns)

    assert refused(columns) == part


@pytest.mark.parametrize(
    "edit",
    [
        put(PARENTS, []),
        put(PARENTS, [name(at) for at in range(COMMIT_PARENTS_MAX)]),
        put(ACT, b""),
        put(CATALOGUE, "x" * NAME_CHARS_MAX),
        put(GROUPS, [["v" * NAME_CHARS_MAX, "s" * NAME_CHARS_MAX, ["B001", "f" * NAME_CHARS_MAX]]]),
        put(GROUPS, [["a", "", ["B001"]], ["a", "b", ["B001"]]]),
        put(GROUPS, [["a", "b", ["B001"]], ["b", "b", ["B001"]]]),
        put(GROUPS, [["value", "", ["", "B002"]]]),
        put(SECONDS, [0, 2**43 - 1 - SECOND]),
        put(LEAST, 2**43 - 1 - 7),
        put(LEAST, 0),
        put(COUNTERS, [2**COUNTER_BITS - 1, 0]),
        put(UNSEEN, [[0, [name(1, 16)]], [1, [name(1, 16)]]]),
        put(UNSEEN, [[1, [name(at, 16) for at in range(CHANGE_NAMES_MAX)]]]),
    ],
)
def test_each_part_is_taken_up_to_its_bound(edit: Callable[[Columns], None]) -> None:
    """The same parts at their bounds read, and are written as the same bytes (C2)."""
    columns = columns_of(commit(*TWO))
    edit(columns)
    body = msgspec.msgpack.encode(columns)

    read = commit_bytes.decode(body)

    assert commit_bytes.encode(read) == body
    assert read.body is body


def test_a_commit_changes_something() -> None:
    """None is empty, whatever else it says."""
    columns = columns_of(commit(*TWO))
    for at in (GROUPS, SECONDS, COUNTERS, PAYLOADS, UNSEEN, REPLACED):
        columns[at] = []
    columns[CODES] = b""

    assert refused(columns) == "changes"


def test_the_last_second_of_all_is_a_second() -> None:
    """A stamp below 2^63 is what a database holds."""
    columns = columns_of(commit(*TWO))
    columns[SECONDS], columns[LEAST] = [0, 0], 2**43 - 1
    read = commit_bytes.decode(msgspec.msgpack.encode(columns))

    assert [one.stamp for one in read.changes] == [2**63 - 2**20, 2**63 - 2**20 + 5]


def test_stamps_come_back_as_seconds_and_counters() -> None:
    """The second counts 2^20 and lies above the counter."""
    read = commit_bytes.decode(commit(*TWO).body)

    assert [one.stamp for one in read.changes] == [SECOND << 20, (SECOND + 7) << 20 | 5]
    assert [one.unseen for one in read.changes] == [(), (name(1, 16), name(2, 16))]
    assert [one.replaced for one in read.changes] == [(), (name(3, 16),)]


def test_a_commit_has_as_many_changes_and_bytes_as_are_stated() -> None:
    """The number of changes is taken up to its bound, and the bytes are looked at first."""
    many = [change(f"B{at:05}", flag_value(True)) for at in range(COMMIT_CHANGES_MAX + 1)]
    fits = commit(*many[:-1])

    assert commit_bytes.decode(fits.body).changes == fits.changes
    assert refused(columns_of(commit(*many))) == "changes"
    for body, part in (
        (bytes(COMMIT_BYTES_MAX), "encoding"),
        (bytes(COMMIT_BYTES_MAX + 1), "size"),
    ):
        with pytest.raises(Problem) as raised:
            commit_bytes.decode(body)
        assert raised.value.values["part"] == part


@pytest.mark.parametrize("body", [b"", b"\x91", b"\xff" * 20, b"\x91" * 100_000, b"\xa1\xff"])
def test_what_is_no_list_of_columns_is_malformed(body: bytes) -> None:
    """Cut off, too deep or no text: all the same problem."""
    with pytest.raises(Problem) as raised:
        commit_bytes.decode(body)
    assert (raised.value.code, raised.value.values) == ("commit-malformed", {"part": "encoding"})


def test_the_same_columns_in_other_bytes_are_malformed() -> None:
    """A longer way to write a number would give one commit two names (C2)."""
    body = commit(*TWO).body
    assert body[:2] == b"\xdc\x00"  # a list of sixteen or more

    with pytest.raises(Problem) as raised:
        commit_bytes.decode(b"\xdd\x00\x00\x00" + body[2:])
    assert raised.value.values["part"] == "encoding"


def test_a_commit_puts_its_parts_in_order_and_drops_doubles() -> None:
    """Whoever makes it need not sort."""
    twice = change(
        "B001",
        flag_value(True),
        unseen=(EditId(name(2, 16)), EditId(name(1, 16)), EditId(name(2, 16))),
        replaced=(EditId(name(4, 16)), EditId(name(3, 16)), EditId(name(4, 16))),
    )
    one = commit(twice, parents=[CommitId(name(2)), CommitId(name(1)), CommitId(name(2))])

    assert one.parents == (name(1), name(2))
    assert one.changes[0].unseen == (name(1, 16), name(2, 16))
    assert one.changes[0].replaced == (name(3, 16), name(4, 16))


def hashed(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts with their lengths, written once more."""
    text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(b"tianji\0" + purpose.encode() + b"\0" + text).digest()


def test_a_commit_is_named_by_its_bytes_and_an_edit_by_what_it_says() -> None:
    """Names are the same everywhere and for ever."""
    one = commit(*TWO)
    value = Value(Type.CHOICE, 0, "road")
    edit = edit_id(DeviceId(name(3, 16)), PlaceId(name(2, 16)), Cell("k", "s", "f"), 77, value)
    parts = (name(3, 16), name(2, 16), b"k", b"s", b"f", b"77", b"3", b"0", b"road")

    assert one.id == hashed("commit", one.body)
    assert edit == hashed("edit", *parts)[:16]
