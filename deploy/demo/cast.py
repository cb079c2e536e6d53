"""Which villages play: real ones, over towns of several counties and of a city without counties."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import NamedTuple

from server.places.snapshot import Row, Snapshot

__all__ = ["Village", "choose"]

CITIES_WITHOUT_COUNTIES = ("441900000000", "442000000000")
TOWNS_OF_A_COUNTY = 3
_SURNAMES = "陈李张黄何林吴刘梁罗邓谢郑周曾廖赖钟"
_GIVEN = (
    "志明",
    "丽华",
    "伟强",
    "秀英",
    "国栋",
    "美玲",
    "建平",
    "雪梅",
    "永康",
    "小燕",
    "文辉",
    "桂芳",
)


class Village(NamedTuple):
    """A village and the person who reports for it; the name says that it is simulated."""

    number: int
    code: str
    name: str
    officer: str


def choose(places: Snapshot, seed: int, count: int) -> list[Village]:
    """That many villages, the same for the same seed.

    The first has a rare character in its name; the second lies in a city that has no counties.
    """
    chance = Random(f"{seed} cast")  # noqa: S311 - a story, not a secret
    rare = chance.choice([row for row in places.rows.values() if _is_rare(row)])
    lists = [_first(_villages(places, town), rare.code) for town in _towns(places, rare, chance)]
    rows = islice(_in_turn(lists), count)
    return [Village(number, row.code, row.name, _person(chance)) for number, row in enumerate(rows)]


def _towns(places: Snapshot, rare: Row, chance: Random) -> Iterator[str]:
    """Town codes: the rare village's, then some here and there, then all there are."""
    counties = [row.code for row in places.rows.values() if row.level == "county"]
    chance.shuffle(counties)
    some = [rare.parent, *_sample(places, CITIES_WITHOUT_COUNTIES[0], 2, chance)]
    some += _sample(places, counties[0], TOWNS_OF_A_COUNTY, chance)
    some += _sample(places, counties[1], TOWNS_OF_A_COUNTY, chance)
    some += _sample(places, CITIES_WITHOUT_COUNTIES[1], 1, chance)
    others = (row.code for row in places.rows.values() if row.level == "town")
    yield from dict.fromkeys((*some, *islice(others, 200)))


def _sample(places: Snapshot, above: str, most: int, chance: Random) -> list[str]:
    towns = [code for code in places.children.get(above, ()) if _villages(places, code)]
    return chance.sample(towns, min(most, len(towns)))


def _villages(places: Snapshot, town: str) -> list[Row]:
    rows = [places.rows[code] for code in places.children.get(town, ())]
    return [row for row in rows if row.level == "village"]


def _first(rows: list[Row], code: str) -> list[Row]:
    return sorted(rows, key=lambda row: row.code != code)


def _in_turn(lists: list[list[Row]]) -> Iterator[Row]:
    """One of each town's in turn; the first nine towns are used up before more are taken."""
    for begin in range(0, len(lists), 9):
        part = lists[begin : begin + 9]
        for place in range(max(map(len, part), default=0)):
            yield from (rows[place] for rows in part if place < len(rows))


def _is_rare(row: Row) -> bool:
    """Whether a village's name has a character beyond the common block."""
    return row.level == "village" and any(
        "\u3400" <= character < "\u4dc0" or character > "\uffff" for character in row.name
    )


def _person(chance: Random) -> str:
    return f"{chance.choice(_SURNAMES)}{chance.choice(_GIVEN)}（模拟）"
