"""What a piece of a spreadsheet means on a form, against tables that are made from what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import quantity
from sync.catalogue import Indicator, Kind, Words
from sync.entry import pasting
from sync.entry.pasting import Plan
from sync.limits import PASTE_LINES_MAX
from sync.problems import Problem

NAMES = {"B001": "总收入", "B002": "其中：经营收入", "B003": "耕地面积", "B004": "通公交"}
UNITS = {"B001": "万元", "B002": "万元", "B003": "亩"}
ROWS = [
    Indicator(
        code=code,
        name=Words(name, name, code),
        unit=UNITS.get(code, ""),
        type="quantity" if code in UNITS else "flag",
        level="village",
        period=Kind.QUARTER,
        space="sum",
        time="end",
    )
    for code, name in NAMES.items()
]
numbers = st.integers(0, 10**9).map(quantity.text)


def plan(text: str, code: str = "B001", unit: str = "") -> Plan:
    """What it means when it is pasted into that cell."""
    return pasting.plan(ROWS, text, code, unit, "zh-Hans")


def goes(found: Plan) -> dict[str, str]:
    """Codes and what goes there."""
    return {one.code: one.text for one in found.goes}


@given(st.lists(numbers, min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_one_column_goes_down_the_rows(texts: list[str], end: str) -> None:
    """From the cell it was pasted into, whatever ends its lines, without a question."""
    found = plan(end.join(texts) + end)

    assert found.plain
    assert goes(found) == dict(zip(NAMES, texts, strict=False))


@given(
    codes=st.permutations(list(UNITS)),
    texts=st.lists(numbers, min_size=3, max_size=3),
    named=st.booleans(),
)
def test_a_table_goes_by_its_codes_or_names(
    codes: list[str], texts: list[str], *, named: bool
) -> None:
    """In any order, past what other columns hold, as our own copies have it."""
    head = "代码\t项目\t单位\t本期\t上期\n" if named else ""
    lines = [
        f"{'' if named else code}\t{NAMES[code]}（{UNITS[code]}）\t{UNITS[code]}\t{text}\t77"
        for code, text in zip(codes, texts, strict=True)
    ]
    found = plan(head + "\n".join(lines))

    assert goes(found) == dict(zip(codes, texts, strict=True))
    assert not found.left
    assert not found.plain


def test_a_blank_this_period_is_not_filled_from_the_column_beside() -> None:
    """Under the heading of this period, an empty cell says nothing, though last period's is full."""
    found = plan("代码\t本期\t上期\nB001\t\t5\nB002\t7\t6")

    assert goes(found) == {"B002": "7"}


def test_a_unit_in_its_own_column_is_meant() -> None:
    """The same number in another unit is another value."""
    found = plan("B001\t元\t35000")

    assert [(one.text, one.unit) for one in found.goes] == [("35000", "元")]


def test_what_does_not_fit_is_told_by_its_line() -> None:
    """Too many lines, what is no number, an unknown name, a name that comes twice."""
    down = plan("1\nx\n3", "B002")
    assert goes(down) == {"B002": "1"}
    assert [one.line for one in down.left] == [2, 3]
    assert not down.plain
    table = plan("B001\t1\nB009\t2\nB001\t3\n\t4")
    assert goes(table) == {"B001": "1"}
    assert [one.line for one in table.left] == [2, 3, 4]


@given(st.text(alphabet=st.sampled_from('1\t\n\r"x，是B001万'), max_size=60))
def test_no_text_makes_a_fault(text: str) -> None:
    """Whatever lies on the clipboard becomes a plan whose values can be read."""
    found = plan(text)

    assert {one.code for one in found.goes} <= set(NAMES)


def test_too_much_is_refused() -> None:
    """A whole workbook is no form."""
    with pytest.raises(Problem, match="paste-too-much"):
        plan("1\n" * (PASTE_LINES_MAX + 1))
