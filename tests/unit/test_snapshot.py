"""Files of places: what is taken as it stands, and what is refused with every faulty row."""

from __future__ import annotations

import gzip
import io
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.places import shipped
from server.places.snapshot import FAULTS_LISTED_MAX, Fault, Row, explain, read
from sync.problems import Problem
from sync.texts import LANGUAGES

HEADER = "code,name,level,parent_code\r\n"
GOOD = HEADER + "1,甲省,province,\r\n11,乙市,city,1\r\n111,丙县,county,11\r\n"


def faults(content: str | bytes, levels: str = "province,city,county,town") -> list[Fault]:
    """The faults of a file that must be refused, each of which can be said in every language."""
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(Problem) as caught:
        read(io.BytesIO(data), levels.split(","))
    assert caught.value.code == "places-file-refused"
    for language in LANGUAGES:
        assert caught.value.say(language)
        assert all("{" not in line for line in explain(caught.value, language))
    return list(cast("tuple[Fault, ...]", caught.value.values["faults"]))


@pytest.mark.parametrize(
    "rows, expected",
    [
        ("1111,丁镇,town,119\r\n", Fault(5, "1111", "parent-missing", "119")),
        ("1111,丁镇,town,\r\n", Fault(5, "1111", "parent-empty")),
        ("1111,丁镇,hamlet,111\r\n", Fault(5, "1111", "level", "hamlet")),
        ("1111,,town,111\r\n", Fault(5, "1111", "name-empty")),
        ("1111,丁\x07镇,town,111\r\n", Fault(5, "1111", "name-characters")),
        (f"1111,{'丁' * 201},town,111\r\n", Fault(5, "1111", "name-long", "200")),
        (",丁镇,town,111\r\n", Fault(5, "", "code")),
        ("1111,丁镇,town\r\n", Fault(5, "1111", "columns", "3")),
        ("1111,丁镇,town,111,x\r\n", Fault(5, "1111", "columns", "5")),
        ("111,丁镇,town,11\r\n", Fault(5, "111", "duplicate", "4")),
        ("12,丁市,city,111\r\n", Fault(5, "12", "parent-level", "111 county")),
        ("12,丁市,city,11\r\n", Fault(5, "12", "parent-level", "11 city")),
        ("12,丁市,city,12\r\n", Fault(5, "12", "cycle", "12")),
        ('12,"丁市,city,1\r\n', Fault(5, "", "quotes")),
    ],
)
def test_a_faulty_row_is_named_with_its_fault(rows: str, expected: Fault) -> None:
    """Each kind of fault is told with the row, the code and what it is about, and nothing else."""
    assert faults(GOOD + rows) == [expected]


def test_every_row_of_a_cycle_is_named() -> None:
    """Two places under each other are both faulty, and what hangs below them is not."""
    rows = "a,甲,county,b\r\nb,乙,city,a\r\nc,丙,town,a\r\n"
    found = faults(GOOD + rows)
    assert found == [Fault(5, "a", "cycle", "b"), Fault(6, "b", "cycle", "a")]


def test_every_faulty_row_is_listed_and_not_only_the_first() -> None:
    """Several faults of several rows come in the order of the rows."""
    found = faults(GOOD + "2,,x,1\r\n3,丁,town,9\r\n3,丁,town,111\r\n")
    assert [(fault.row, fault.reason) for fault in found] == [
        (5, "level"),
        (5, "name-empty"),
        (6, "parent-missing"),
        (7, "duplicate"),
    ]


@pytest.mark.parametrize("header", ["code,name,level", "名称,代码,level,parent_code", "1,甲,a,"])
def test_a_wrong_header_is_refused(header: str) -> None:
    """Other columns than the four in their order are told as such, without following faults."""
    assert [fault.reason for fault in faults(GOOD.replace(HEADER.strip(), header))] == ["header"]


def test_an_empty_file_is_refused() -> None:
    """A header alone, and nothing at all, are no hierarchy."""
    assert faults("")[0].reason == faults(HEADER)[0].reason == "empty"


def test_broken_encoding_is_told_by_line_without_following_faults() -> None:
    """A parent whose line is not UTF-8 is faulty; its children are not."""
    data = GOOD.encode() + b"112,\xb1\xfb\xcf\xd8,county,11\r\n" + "1121,丁,town,112\r\n".encode()
    assert faults(data) == [Fault(5, "", "encoding", "5")]
    assert faults(GOOD.encode("utf-16"))[0] == Fault(1, "", "encoding", "1")


def test_a_damaged_archive_is_refused() -> None:
    """A gzip file that is cut off or altered is told to be damaged."""
    whole = gzip.compress(GOOD.encode())
    assert faults(whole[:-12])[0].reason == "damaged"
    altered = bytearray(whole)
    altered[-6] ^= 0xFF
    assert "damaged" in {fault.reason for fault in faults(bytes(altered))}


def test_a_long_list_of_faults_is_bounded_with_a_count_of_the_rest() -> None:
    """Faults beyond the bound are counted, and the count is said."""
    data = GOOD + "".join(f"x{number},名,town,9\r\n" for number in range(FAULTS_LISTED_MAX + 7))
    with pytest.raises(Problem) as caught:
        read(io.BytesIO(data.encode()))
    assert len(cast("tuple[Fault, ...]", caught.value.values["faults"])) == FAULTS_LISTED_MAX
    assert caught.value.values["more"] == 7
    assert caught.value.values["count"] == FAULTS_LISTED_MAX + 7
    assert "7" in explain(caught.value, "en")[-1]


@pytest.mark.parametrize("levels", ["", "a,a", "a,,b", ",".join(map(str, range(17)))])
def test_levels_that_cannot_be_used_are_refused(levels: str) -> None:
    """No level, one twice, an empty one or too many are told as such."""
    with pytest.raises(Problem, match="places-levels-malformed"):
        read(io.BytesIO(GOOD.encode()), levels.split(",") if levels else [])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\r\n", "\n").encode(),
        GOOD.rstrip().encode() + b"\r\n\r\n",
        gzip.compress(b"\xef\xbb\xbf" + GOOD.encode()),
        HEADER.encode() + b"".join(reversed(GOOD.encode().splitlines(keepends=True)[1:])),
        GOOD.replace("乙市", ' "乙市" ').replace(' "', '"').replace('" ', '"').encode(),
    ],
)
def test_how_the_file_was_saved_does_not_matter(data: bytes) -> None:
    """A byte order mark, either line end, gzip, blank lines, quotes and row order change nothing."""
    assert read(io.BytesIO(data)) == read(io.BytesIO(GOOD.encode()))


def test_another_country_has_its_own_levels_and_codes() -> None:
    """Level names, code lengths and skipped levels are data; several top places may stand."""
    data = HEADER + "A,North,region,\nB,South,region,\nA-1,Hill,commune,A\nB7,Lake,district,B\n"
    snapshot = read(io.BytesIO(data.encode()), ["region", "district", "commune", "hamlet"])
    assert list(snapshot.rows) == ["A", "B", "B7", "A-1"]
    assert snapshot.children == {"": ("A", "B"), "B": ("B7",), "A": ("A-1",)}
    assert snapshot.rows["A-1"] == Row("A-1", "Hill", "commune", "A")


def test_the_shipped_hierarchy_is_whole_and_keeps_rare_characters() -> None:
    """2023 has 28,743 places on five levels, two cities without counties and names kept exactly."""
    snapshot = shipped.load(2023)
    counted = dict.fromkeys(snapshot.levels, 0)
    for row in snapshot.rows.values():
        counted[row.level] += 1
    assert counted == {"province": 1, "city": 21, "county": 122, "town": 1757, "village": 26842}
    names = {row.name for row in snapshot.rows.values()}
    assert {"輋𣒍村委会", "塘㙍镇"} <= names
    for city in ("441900000000", "442000000000"):
        assert {snapshot.rows[one].level for one in snapshot.children[city]} == {"town"}


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_make_a_traceback(tail: bytes, zipped: bool) -> None:
    """Whatever follows a good beginning is either read or refused as a problem."""
    data = GOOD.encode() + tail
    try:
        read(io.BytesIO(gzip.compress(data) + tail if zipped else data))
    except Problem as problem:
        assert problem.code == "places-file-refused"
        assert explain(problem, "zh-Hans")
