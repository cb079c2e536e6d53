"""Words that a spreadsheet would run are kept words, and figures are left alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync import quantity
from sync.spreadsheet import as_text

FORMULA_SIGNS = "=+-@＝＋－＠"


@given(st.sampled_from(FORMULA_SIGNS), st.text(), st.sampled_from(["", " ", "\t", "\r\n"]))
def test_nothing_but_a_number_begins_as_a_formula_does(sign: str, rest: str, before: str) -> None:
    """Of whatever was typed as a note or a name, also behind blanks."""
    typed = f"{before}{sign}{rest}a"

    assert as_text(typed) == f"'{typed}"


@given(st.integers(-(10**16), 10**16))
def test_a_figure_stays_a_figure(units: int) -> None:
    """A negative one begins with a sign too, and must still be counted with."""
    assert as_text(quantity.text(units)) == quantity.text(units)
    assert as_text(units) == units


@given(st.text(st.characters(categories=["L", "N"]), min_size=1))
def test_other_words_stay_as_they_are(text: str) -> None:
    """No apostrophe where none is called for."""
    assert as_text(text) == text
