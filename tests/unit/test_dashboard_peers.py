"""Places of one kind: a range of enough of them, and never whose figure is which."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from server.dashboard.classes import band, peers
from sync.ids import PlaceId, mint
from sync.places import Setting, Tree
from sync.surroundings import PEERS_MIN

DAY = date(2024, 6, 30)
CITY = PlaceId(mint("place", b"city"))


def place(code: str) -> PlaceId:
    """The place of that code."""
    return PlaceId(mint("place", code.encode()))


def tree(*codes: str) -> Tree:
    """Counties with those codes under one city."""
    begin = date(2020, 1, 1)
    found = {CITY: [Setting(begin, "level", "city")]}
    for code in codes:
        found[place(code)] = [
            Setting(begin, "code", code),
            Setting(begin, "level", "county"),
            Setting(begin, "parent", CITY),
        ]
    return Tree(found)


def test_a_county_of_a_class_is_laid_beside_its_class() -> None:
    """Those that exist in the hierarchy, from the day on which the class was given."""
    there = tree("445122000000", "445224000000", "441882000000", "440000000001")
    found = peers(there, place("445122000000"), DAY)

    assert found is not None
    assert (found.name, set(found.members)) == (
        "进位",
        {place("445122000000"), place("445224000000")},
    )
    assert peers(there, place("445122000000"), date(2023, 11, 5)) is None


def test_a_place_without_a_class_is_laid_beside_those_under_its_parent() -> None:
    """Where they are enough."""
    codes = [f"44000000000{n}" for n in range(PEERS_MIN)]

    found = peers(tree(*codes), place(codes[0]), DAY)
    assert found is not None
    assert (found.name, len(found.members)) == ("", PEERS_MIN)
    assert peers(tree(*codes[1:]), place(codes[1]), DAY) is None


@given(st.lists(st.fractions(), max_size=30))
def test_a_range_is_of_at_least_five(figures: list[Fraction]) -> None:
    """Of fewer, each could be guessed; of more, nobody learns which is whose (S92)."""
    found = band(figures)

    if len(figures) < PEERS_MIN:
        assert found is None
    else:
        assert found is not None
        assert found.lowest <= found.middle <= found.highest
        assert sum(one <= found.middle for one in figures) * 2 >= len(figures)
        assert found.places == len(figures)
