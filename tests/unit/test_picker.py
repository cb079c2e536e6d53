"""A place is found by its name, its letters or its code, however it is typed."""

from __future__ import annotations

import csv
import gzip
import io
import re
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.screens.picker import Named, Picker, readings

NAMES = ("仙河村委会", "重阳村委会", "何㘵村委会", "新村社区", "绿涌村", "中山村委会", "大村")
CHARACTERS = "".join(sorted(set("".join(NAMES)))) + "长行乐厦单曾解"


def picker(*names: str) -> Picker:
    """A picker of places with those names, whose codes count from 440101001001."""
    codes = range(440101001001, 440101001001 + len(names))
    return Picker(
        Named(str(code).encode(), str(code), (name,))
        for code, name in zip(codes, names, strict=True)
    )


@cache
def hierarchy() -> Picker:
    """All villages of the shipped hierarchy."""
    file = files("server.places") / "data" / "divisions_44_2023.csv.gz"
    rows = csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
    return Picker(
        Named(row["code"].encode(), row["code"], (row["name"],))
        for row in rows
        if row["level"] == "village"
    )


def found(text: str, *names: str) -> list[str]:
    """The names that a text finds."""
    return [one.name for one in picker(*(names or NAMES)).find(text)]


@pytest.mark.parametrize(
    "typed, name",
    [
        ("仙河", "仙河村委会"),
        ("xianhe", "仙河村委会"),
        ("XH", "仙河村委会"),
        ("xhcwh", "仙河村委会"),
        ("xianhc", "仙河村委会"),
        ("xia", "仙河村委会"),
        ("xian'he", "仙河村委会"),
        ("仙he", "仙河村委会"),
        ("ｘｉａｎ ｈｅ", "仙河村委会"),
        ("hecun", "仙河村委会"),
        ("chongyang", "重阳村委会"),
        ("zhongyang", "重阳村委会"),
        ("zhs", "中山村委会"),
        ("lvchong", "绿涌村"),
        ("lüyong", "绿涌村"),
        ("hebu", "何㘵村委会"),
        ("440101001003", "何㘵村委会"),
    ],
)
def test_a_place_is_found_first_by_what_a_person_types(typed: str, name: str) -> None:
    """By characters, initials, readings and mixtures; each reading of a character counts (W4)."""
    assert found(typed)[0] == name


def test_what_fits_no_name_finds_nothing() -> None:
    """Letters that no reading begins with, blanks and marks find no place."""
    assert [found(text) for text in ("f", "xianq", " ", "", "！", "仙河河")] == [[]] * 6


def test_whole_names_come_first_then_beginnings_then_short_ones() -> None:
    """The order of what was found is one that a person expects."""
    names = ("大新村", "新村社区居委会", "新村", "新村社区")

    assert found("新村", *names) == ["新村", "新村社区", "新村社区居委会", "大新村"]


def test_a_former_name_finds_the_place_and_is_told() -> None:
    """A place that was renamed is found by both names, and once."""
    both = Picker([Named(b"1", "440101001001", ("新河村", "旧河村"))])

    assert [(one.name, one.former) for one in both.find("jiuhe")] == [("新河村", "旧河村")]
    assert [(one.name, one.former) for one in both.find("河村")] == [("新河村", "")]


def test_every_village_of_the_province_can_be_found_by_name_and_code() -> None:
    """Names with rare characters are no exception."""
    for name in ("何㘵村委会", "那㙟村委会", "塘㙍村委会"):
        assert hierarchy().find(name)[0].name == name
    assert hierarchy().find("440114003202")[0].name == "大㘵村委会"


@given(st.text(CHARACTERS, min_size=1, max_size=6), st.data())
def test_any_way_to_type_a_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    """Each character may be typed itself, by any reading, or by its first letter."""
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    ways = [(one, *readings(one), *(reading[0] for reading in readings(one))) for one in part]
    typed = "".join(data.draw(st.sampled_from(way)) for way in ways)

    assert found(typed, name) == [name]


@given(
    st.lists(st.text(CHARACTERS, min_size=1, max_size=5), min_size=1, max_size=8),
    st.text("chxzanoegsl村大长", min_size=1, max_size=5),
)
def test_it_finds_what_a_pattern_of_all_readings_finds(names: list[str], typed: str) -> None:
    """An independent rule says the same: each name as an expression, tried from each character."""
    expected = sorted(
        name for name in names if any(fits(name[at:], typed) for at in range(len(name)))
    )

    assert sorted(found(typed, *names)) == expected


def fits(name: str, typed: str) -> bool:
    """Whether the typed text is the beginning of some way to type the name."""
    left = {typed}
    for character in name:
        rest = set()
        for text in left:
            for reading in readings(character):
                if reading.startswith(text):
                    return True
                initial = re.match("[zcs]h|[a-z]", reading)
                assert initial is not None
                for way in (reading, initial[0], reading[0]):
                    if text.startswith(way):
                        rest.add(text[len(way) :])
            if text.startswith(character):
                rest.add(text[1:])
        if "" in rest:
            return True
        left = rest
    return False
