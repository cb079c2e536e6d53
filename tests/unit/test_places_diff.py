"""What a second file changes: the real pair of years, chosen cases, and any pair of files."""

from __future__ import annotations

import csv
import gzip
import io
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from server.places import shipped
from server.places.diff import KINDS, Change, counts, propose, settings
from server.places.names import stem, type_of
from server.places.snapshot import Row, Snapshot, read
from sync.ids import PlaceId, RealmId
from sync.places import LEVELS, Tree
from sync.places import read as read_setting
from sync.problems import Problem

REALM = RealmId(b"r" * 32)
FIRST, SECOND, THIRD = date(2022, 10, 31), date(2023, 6, 30), date(2024, 6, 30)
KNOWN_CHANGES = Path(__file__).parents[1] / "data" / "divisions_44_diff_2022_2023.csv.gz"


def take_in(tree: Tree, snapshot: Snapshot, as_of: date) -> list[Change]:
    """Imports a file by way of the cells that would be filed."""
    changes = propose(tree, snapshot, as_of, REALM)
    for place, cell, value in settings(changes, as_of):
        setting = read_setting(cell, value)
        assert setting is not None
        tree.set(place, *setting)
    return changes


def standing(tree: Tree, on: date) -> set[Row]:
    """The tree on a day, as the rows of a file."""
    rows = set()
    for place in tree.below(None, on):
        above = tree.parent(place, on)
        parent = tree.code(above, on) if above else ""
        rows.add(Row(tree.code(place, on), tree.name(place, on), tree.level(place, on), parent))
    return rows


def hierarchy(text: str) -> Snapshot:
    """A snapshot from lines of `code name level parent`."""
    rows = [",".join((*line.split(), "")[:4]) for line in text.strip().splitlines()]
    return read(io.BytesIO("\n".join(["code,name,level,parent_code", *rows]).encode()))


def kinds(changes: list[Change]) -> list[tuple[str, str, str]]:
    """What is said of the changes: kind, old name, new name."""
    return sorted((change.kind, change.old_name, change.new_name) for change in changes)


def of_two(first: str, second: str) -> list[tuple[str, str, str]]:
    """The changes from one hierarchy to another, after checking that they lead there."""
    tree = Tree()
    take_in(tree, hierarchy(first), FIRST)
    changes = take_in(tree, hierarchy(second), SECOND)
    assert standing(tree, SECOND) == set(hierarchy(second).rows.values())
    assert standing(tree, FIRST) == set(hierarchy(first).rows.values())
    return kinds(changes)


@pytest.fixture(scope="module")
def guangdong() -> tuple[Tree, list[Change]]:
    """The tree after the files of 2022 and 2023, and what the second changed."""
    tree = Tree()
    take_in(tree, shipped.load(2022), FIRST)
    return tree, take_in(tree, shipped.load(2023), SECOND)


def test_the_real_years_differ_by_what_is_known_of_them(
    guangdong: tuple[Tree, list[Change]],
) -> None:
    """2022 to 2023: no change above towns; 46 towns recoded, 2 gone, 9 renamed; known villages."""
    table = counts(guangdong[1], LEVELS)
    nothing = dict.fromkeys(KINDS, 0)
    assert table["province"] == table["city"] == table["county"] == nothing
    assert table["town"] == nothing | {"recoded": 46, "abolished": 2, "renamed": 9}
    assert table["village"] == nothing | {
        "added": 63,
        "abolished": 18,
        "renamed": 560,
        "recoded": 1272,
        "retyped": 3,
    }


def test_each_real_change_is_the_one_an_independent_list_tells(
    guangdong: tuple[Tree, list[Change]],
) -> None:
    """Every place of the independent list has its kinds here, and no other place has any."""
    means = {
        "code_changed": {"recoded"},
        "code_changed_with_parent": {"recoded"},
        "code_changed+renamed_suffix": {"recoded", "renamed"},
        "renamed": {"renamed"},
        "renamed_suffix": {"renamed"},
        "code_reused_or_renamed": {"renamed"},
        "added": {"added"},
        "removed": {"abolished"},
    }
    expected = {}
    with gzip.open(KNOWN_CHANGES, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            expected[row["old_code"], row["new_code"]] = means[row["change"]]
    found: dict[tuple[str, str], set[str]] = {}
    for change in guangdong[1]:
        if change.kind != "retyped":
            found.setdefault((change.old_code, change.new_code), set()).add(change.kind)
    assert found == expected


def test_the_tree_of_each_date_is_the_file_of_that_date(
    guangdong: tuple[Tree, list[Change]],
) -> None:
    """Both years stand side by side, and the same file again changes nothing."""
    tree, _ = guangdong
    for year, day in ((2022, FIRST), (2023, SECOND)):
        assert standing(tree, day) == set(shipped.load(year).rows.values())
    assert tree.levels(SECOND) == LEVELS
    assert propose(tree, shipped.load(2023), SECOND, REALM) == []
    assert propose(tree, shipped.load(2023), THIRD, REALM) == []


def test_a_place_keeps_its_identity_through_a_new_code(
    guangdong: tuple[Tree, list[Change]],
) -> None:
    """A town whose code another town then takes over is found under its own new code."""
    tree, _ = guangdong
    place = tree.by_code("441403109000", FIRST)
    assert place is not None
    assert tree.name(place, FIRST) == tree.name(place, SECOND) == "水车镇"
    assert tree.by_code("441403108000", SECOND) == place


def test_reading_and_comparing_the_real_years_takes_seconds_at_most() -> None:
    """28,743 rows are read and compared in under three seconds."""
    tree = Tree()
    take_in(tree, shipped.load(2022), FIRST)
    begin = time.perf_counter()
    propose(tree, shipped.load(2023), SECOND, REALM)
    assert time.perf_counter() - begin < 3


BASE = "1 省 province\n11 甲市 city 1\n12 乙市 city 1\n111 丙县 county 11\n121 丁县 county 12\n"


def test_kinds_of_change_are_told_apart() -> None:
    """Same name is recoded, another ending or the same code is renamed, both may be at once."""
    before = BASE + "01 东镇 town 111\n02 西镇 town 111\n03 南镇 town 111\n04 北镇 town 111"
    after = BASE + "09 东镇 town 111\n02 洋镇 town 111\n03 南街道 town 111\n08 北街道 town 111"
    assert of_two(before, after) == [
        ("recoded", "东镇", "东镇"),
        ("recoded", "北镇", "北街道"),
        ("renamed", "北镇", "北街道"),
        ("renamed", "南镇", "南街道"),
        ("renamed", "西镇", "洋镇"),
    ]


def test_a_code_handed_on_to_another_place_proves_nothing() -> None:
    """Two towns that exchange codes are recoded, not renamed."""
    before = BASE + "01 东镇 town 111\n02 西镇 town 111\n0101 一村委会 village 01"
    after = BASE + "02 东镇 town 111\n01 西镇 town 111\n0201 一村委会 village 02"
    assert {kind for kind, _, _ in of_two(before, after)} == {"recoded"}


def test_a_town_that_moves_to_another_county_takes_its_villages_along() -> None:
    """A name that stands once before and once after, elsewhere, is one place that moved."""
    before = BASE + "01 羊角镇 town 111\n0101 一村委会 village 01"
    after = BASE + "21 羊角镇 town 121\n2101 一村委会 village 21"
    assert of_two(before, after) == [
        ("recoded", "一村委会", "一村委会"),
        ("recoded", "羊角镇", "羊角镇"),
        ("reparented", "羊角镇", "羊角镇"),
    ]


def test_a_name_that_is_common_proves_no_move() -> None:
    """Where two places of the name stand, one that goes and one that comes stay apart."""
    before = BASE + "01 东镇 town 111\n02 西镇 town 111\n0101 新村 village 01\n0201 新村 village 02"
    after = BASE + (
        "01 东镇 town 111\n02 西镇 town 111\n03 北镇 town 111\n0201 新村 village 02\n"
        "0301 新村 village 03"
    )
    assert of_two(before, after) == [
        ("abolished", "新村", ""),
        ("added", "", "北镇"),
        ("added", "", "新村"),
    ]


def test_a_town_whose_villages_all_went_to_another_is_merged_into_it() -> None:
    """The end of a place is a merger where its children show it."""
    before = BASE + (
        "01 小榄镇 town 111\n02 东升镇 town 111\n0101 一村委会 village 01\n"
        "0201 二村委会 village 02\n0202 三村委会 village 02"
    )
    after = BASE + (
        "09 小榄镇 town 111\n0901 一村委会 village 09\n0902 二村委会 village 09\n"
        "0903 三村委会 village 09"
    )
    assert ("merged", "东升镇", "") in of_two(before, after)


def test_villages_whose_names_make_up_the_name_of_a_new_one_are_merged() -> None:
    """Two that end with a new one of both names are a merger, by their stems."""
    before = BASE + "01 镇 town 111\n0101 东风村委会 village 01\n0102 红星村委会 village 01"
    after = BASE + "01 镇 town 111\n0103 东风红星村委会 village 01"
    assert of_two(before, after) == [
        ("added", "", "东风红星村委会"),
        ("merged", "东风村委会", ""),
        ("merged", "红星村委会", ""),
    ]


def test_a_new_town_cut_out_of_one_that_goes_on_is_split_from_it() -> None:
    """A place whose children come from one other place was split from it."""
    before = BASE + (
        "01 东镇 town 111\n0101 一村委会 village 01\n0102 二村委会 village 01\n"
        "0103 三村委会 village 01"
    )
    after = BASE + (
        "01 东镇 town 111\n02 新城街道 town 111\n0101 一村委会 village 01\n"
        "0201 二村委会 village 02\n0202 三村委会 village 02"
    )
    found = of_two(before, after)
    assert ("split", "", "新城街道") in found
    assert ("reparented", "二村委会", "二村委会") in found


def test_a_town_with_new_name_and_code_is_known_by_its_villages() -> None:
    """Most of the same children under the same parent make the same place."""
    villages = "{0}01 一村委会 village {0}\n{0}02 二村委会 village {0}\n{0}03 三村委会 village {0}"
    before = BASE + "01 满塘镇 town 111\n" + villages.format("01")
    after = BASE + "02 朗塘镇 town 111\n" + villages.format("02")
    assert ("renamed", "满塘镇", "朗塘镇") in of_two(before, after)


def test_a_village_that_becomes_a_neighbourhood_is_retyped() -> None:
    """The type follows the name of a unit with a division code of 12 digits."""
    assert type_of("440203100205", "赤水村村民委员会") == "village"
    assert type_of("440203100005", "赤水社区居民委员会") == "neighbourhood"
    assert type_of("440203101000", "犁市镇") == "town"
    assert type_of("440811450000", "湖光农场") == "similar"
    assert type_of("440203000000", "浈江区") == type_of("12", "Lake") == ""
    assert stem("赤水村村民委员会") == stem("赤水社区居民委员会") == "赤水"


def test_an_older_date_than_the_latest_change_is_refused() -> None:
    """Files come in the order of their dates."""
    tree = Tree()
    take_in(tree, hierarchy(BASE), SECOND)
    with pytest.raises(Problem, match="places-import-older") as caught:
        propose(tree, hierarchy(BASE), FIRST, REALM)
    assert "2023-06-30" in caught.value.say("en")


def test_a_file_of_somewhere_else_ends_nothing() -> None:
    """A file without a single place of the tree is refused, since it would end them all."""
    tree = Tree()
    take_in(tree, hierarchy(BASE), FIRST)
    with pytest.raises(Problem, match="places-file-elsewhere"):
        propose(tree, hierarchy("9 外省 province"), SECOND, REALM)


def test_a_corrected_file_of_the_same_date_mends_the_first() -> None:
    """A place that the first file left out is the same place again after the second."""
    tree = Tree()
    take_in(tree, hierarchy(BASE + "01 东镇 town 111"), FIRST)
    place = tree.by_code("01", FIRST)
    take_in(tree, hierarchy(BASE), SECOND)
    assert tree.by_code("01", SECOND) is None
    take_in(tree, hierarchy(BASE + "01 东镇 town 111"), SECOND)
    assert tree.by_code("01", SECOND) == tree.by_code("01", FIRST) == place


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A hierarchy of few names and codes, so that any two share and confuse many."""
    levels = LEVELS[:4]
    rows = ["code,name,level,parent_code", "1,省,province,"]
    above = [("1", 0)]
    for code in draw(st.lists(st.integers(2, 20), unique=True, max_size=14)):
        parent, rank = draw(st.sampled_from(above))
        if rank + 1 < len(levels):
            level = draw(st.integers(rank + 1, len(levels) - 1))
            name = draw(st.sampled_from(["东", "西", "东西"])) + draw(
                st.sampled_from(["", "镇", "街道", "村委会", "社区居委会"])
            )
            rows.append(f"{code},{name},{levels[level]},{parent}")
            above.append((str(code), level))
    return read(io.BytesIO("\n".join(rows).encode()))


@examples(max_examples=300)
@given(st.lists(st.tuples(snapshots(), st.sampled_from([0, 0, 1, 2])), max_size=5))
def test_any_series_of_files_leaves_each_date_as_its_last_file(
    files: list[tuple[Snapshot, int]],
) -> None:
    """After every import the tree of the date is the file, earlier dates stay, a repeat is idle."""
    tree = Tree()
    days = (FIRST, SECOND, THIRD)
    stands: dict[date, Snapshot] = {}
    for snapshot, position in sorted(files, key=lambda pair: pair[1]):
        changes = take_in(tree, snapshot, days[position])
        stands[days[position]] = snapshot
        for day, one in stands.items():
            assert standing(tree, day) == set(one.rows.values())
        assert propose(tree, snapshot, days[position], REALM) == []
        assert {change.kind for change in changes} <= set(KINDS)
        places: list[tuple[str, PlaceId]] = [(c.kind, c.place) for c in changes]
        assert len(set(places)) == len(places)
