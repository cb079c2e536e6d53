"""The tree of places against a plain recount, on random histories and on the real hierarchy."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from sync.ids import PlaceId
from sync.limits import TREE_DEPTH_MAX
from sync.places import FIELDS, Attribute, Setting, Tree, filed, read
from sync.value import Cell, Type, Value, text_value

DAY = date(2023, 1, 1)
PLACES = [PlaceId(bytes([number]) * 16) for number in range(7)]
DAYS = [DAY + timedelta(days=30 * number) for number in range(4)]
LEVELS = ["top", "middle", "low"]


def one_setting() -> st.SearchStrategy[tuple[PlaceId, Setting]]:
    """Any attribute of any of a few places on any of a few days."""
    values: dict[str, st.SearchStrategy[Attribute]] = {
        "code": st.sampled_from(["1", "2", "3"]),
        "name": st.sampled_from(["新村", "老村", "村"]),
        "level": st.sampled_from(LEVELS),
        "type": st.sampled_from(["town", "similar"]),
        "parent": st.sampled_from([None, *PLACES]),
        "end": st.sampled_from(["", *(day.isoformat() for day in DAYS)]),
    }
    setting = st.sampled_from(FIELDS).flatmap(
        lambda field: st.builds(Setting, st.sampled_from(DAYS), st.just(field), values[field])
    )
    return st.tuples(st.sampled_from(PLACES), setting)


class Recount:
    """The same questions answered by going through all settings each time."""

    def __init__(self, settings: list[tuple[PlaceId, Setting]]) -> None:
        self.filed = {(place, s.effective, s.field): s.value for place, s in settings}
        self.places = {place for place, _ in settings}

    def attribute(self, place: PlaceId, field: str, on: date) -> Attribute:
        """The latest on or before the day, or else the first after it."""
        days = sorted(day for one, day, name in self.filed if (one, name) == (place, field))
        before = [day for day in days if day <= on]
        for day in [*reversed(before), *days]:
            return self.filed[place, day, field]
        return None if field == "parent" else ""

    def begun(self, place: PlaceId) -> date:
        """The first day on which anything of the place is set."""
        return min(day for one, day, _ in self.filed if one == place)

    def day(self, on: date) -> date:
        """The day itself, or the one on which the first top place begins, if that is later."""
        tops = [
            self.begun(place)
            for place in self.places
            if self.filed.get((place, self.begun(place), "parent"), "none") is None
        ]
        return max(on, min(tops, default=date.min))

    def active(self, place: PlaceId, on: date) -> bool:
        """Begun and not ended."""
        end = cast(str, self.attribute(place, "end", self.day(on)))
        started = self.begun(place) <= self.day(on)
        return started and (not end or self.day(on) < date.fromisoformat(end))

    def ancestors(self, place: PlaceId, on: date) -> tuple[PlaceId, ...]:
        """Parent after parent until the top, a repetition or the bound."""
        chain = [place]
        while len(chain) <= TREE_DEPTH_MAX:
            above = cast("PlaceId | None", self.attribute(chain[-1], "parent", on))
            if above is None or above in chain:
                break
            chain.append(above)
        return tuple(chain[1:])


HISTORIES = st.lists(one_setting(), max_size=25)


@given(HISTORIES, st.sampled_from([DAY - timedelta(days=400), *DAYS, date(2030, 1, 1)]))
def test_every_question_is_answered_as_a_recount_answers_it(
    settings: list[tuple[PlaceId, Setting]], on: date
) -> None:
    """Ancestors, activity, children, what lies below and counts agree on any history and day (C10).

    Circles are among the histories.
    """
    tree, recount = Tree(), Recount(settings)
    for place, setting in settings:
        tree.set(place, *setting)
    alive = {place for place in recount.places if recount.active(place, on)}
    chains = {place: recount.ancestors(place, recount.day(on)) for place in recount.places}
    for place in recount.places:
        assert tree.active(place, on) == (place in alive)
        assert tree.ancestors(place, on) == recount.ancestors(place, on)
        for field in FIELDS:
            assert tree.attribute(place, field, on) == recount.attribute(place, field, on)
        assert set(tree.children(place, on)) == {
            one for one in alive if recount.attribute(one, "parent", recount.day(on)) == place
        }
        below = {one for one in alive if place in chains[one]}
        assert set(tree.below(place, on)) == below
        for level in LEVELS:
            of_level = {
                one for one in alive if recount.attribute(one, "level", recount.day(on)) == level
            }
            assert set(tree.below(place, on, level)) == below & of_level
            assert tree.count(place, level, on) == len((below | {place}) & of_level)
            assert tree.count(None, level, on) == len(of_level)
    assert sorted(tree.below(None, on)) == sorted(alive)
    for code in ("1", "2", "3"):
        having = [one for one in alive if recount.attribute(one, "code", recount.day(on)) == code]
        assert tree.by_code(code, on) == min(having, default=None)


@given(HISTORIES, HISTORIES)
def test_a_setting_tells_every_place_whose_ancestors_changed(
    first: list[tuple[PlaceId, Setting]], then: list[tuple[PlaceId, Setting]]
) -> None:
    """A place that `set` does not name keeps its chain on every day."""
    tree = Tree()
    for place, setting in first:
        tree.set(place, *setting)
    for place, setting in then:
        before = {(one, day): tree.ancestors(one, day) for one in PLACES for day in DAYS}
        moved = tree.set(place, *setting)
        for (one, day), chain in before.items():
            assert one in moved or tree.ancestors(one, day) == chain


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_of_filing_does_not_matter(
    settings: list[tuple[PlaceId, Setting]], random: object
) -> None:
    """The same settings in another order, or loaded at once, make the same tree."""
    unique = list({(p, s.effective, s.field): (p, s) for p, s in settings}.values())
    shuffled = list(unique)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = Tree()
    for place, setting in shuffled:
        one.set(place, *setting)
    at_once: dict[PlaceId, list[Setting]] = {}
    for place, setting in unique:
        at_once.setdefault(place, []).append(setting)
    other = Tree(at_once)
    for day in DAYS:
        for place in at_once:
            assert one.ancestors(place, day) == other.ancestors(place, day)
            assert one.active(place, day) == other.active(place, day)
        assert one.below(None, day) == other.below(None, day)


@given(one_setting())
def test_a_setting_comes_back_from_its_cell(pair: tuple[PlaceId, Setting]) -> None:
    """What is filed is read as the same setting."""
    assert read(*filed(pair[1])) == pair[1]


def test_a_cell_that_is_no_setting_is_none() -> None:
    """An unknown field, a wrong day, a wrong parent and a wrong end are passed over."""
    name = text_value("太平镇")
    assert read(Cell("place", "2023-02-30", "name"), name) is None
    assert read(Cell("place", "20230101", "name"), name) is None
    assert read(Cell("place", "2023-01-01", "colour"), name) is None
    assert read(Cell("value", "2023-01-01", "name"), name) is None
    assert read(Cell("place", "2023-01-01", "parent"), text_value("ab")) is None
    assert read(Cell("place", "2023-01-01", "end"), text_value("soon")) is None
    cleared = Value(Type.REASON, 0, "not_applicable")
    assert read(Cell("place", "2023-01-01", "end"), cleared) == Setting(DAY, "end", "")


def test_a_chain_is_never_longer_than_its_bound() -> None:
    """A thread of places deeper than the bound is cut at the bound."""
    thread = [PlaceId(number.to_bytes(16, "big")) for number in range(40)]
    tree = Tree({place: [Setting(DAY, "parent", above)] for place, above in pairwise(thread)})
    assert tree.ancestors(thread[0], DAY) == tuple(thread[1 : TREE_DEPTH_MAX + 1])


def test_a_place_moves_on_its_day_and_not_before() -> None:
    """A reparented town takes its villages along from the effective date on."""
    county, other, town, village = PLACES[:4]
    tree = Tree(
        {
            county: [Setting(DAY, "parent", None)],
            other: [Setting(DAY, "parent", None)],
            town: [Setting(DAY, "parent", county)],
            village: [Setting(DAY, "parent", town)],
        }
    )
    assert tree.ancestors(village, DAYS[2]) == (town, county)
    assert tree.set(town, DAYS[1], "parent", other) == {town, village}
    assert tree.ancestors(village, DAYS[0]) == (town, county)
    assert tree.ancestors(village, DAYS[2]) == (town, other)
    assert tree.set(town, DAYS[1], "parent", other) == frozenset()


def test_places_are_found_by_any_code_or_name_they_ever_had() -> None:
    """A former code finds the place; names are found by a part of them."""
    place = PLACES[0]
    tree = Tree({place: [Setting(DAY, "code", "1"), Setting(DAY, "name", "塘㙍镇")]})
    tree.set(place, DAYS[1], "code", "2")
    assert tree.find("1") == tree.find("2") == tree.find("㙍") == (place,)
    assert tree.find("9") == tree.find("") == ()
