"""The words that Chinese place names end in: what kind of unit they tell, and what they hide.

One unit's name is written with now this, now that ending (村委会, 村民委员会), so that names are
compared by their stem. Names without a listed ending are their own stem: nothing here hinders
names of other languages.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["kind_of", "stem", "type_of"]

_ENDINGS: tuple[tuple[str, str], ...] = (
    ("社区居民委员会", "neighbourhood"),
    ("社区居委会", "neighbourhood"),
    ("居民委员会", "neighbourhood"),
    ("居委会", "neighbourhood"),
    ("社区", "neighbourhood"),
    ("村民委员会", "village"),
    ("村委会", "village"),
    ("街道办事处", "subdistrict"),
    ("街道", "subdistrict"),
    ("民族乡", "township"),
    ("乡", "township"),
    ("镇", "town"),
    ("管理委员会", "similar"),
    ("管委会", "similar"),
    ("管理区", "similar"),
    ("办事处", "similar"),
    ("自治县", "county"),
    ("县", "county"),
    ("区", "district"),
    ("市", "city"),
)
_TOWN_KINDS = ("subdistrict", "township", "town")
_VILLAGE_KINDS = ("neighbourhood", "village")


def stem(name: str) -> str:
    """The name without its listed ending, and without the 村 that may stand before it."""
    return _parted(name)[0]


def kind_of(name: str) -> str:
    """The kind of unit that the ending tells, '' if none."""
    return _parted(name)[1]


def type_of(code: str, name: str) -> str:
    """The type of a town or village with a 12-digit division code, '' where nothing tells it.

    The name decides; where it says nothing, the digits of the unit's own level do: 400 to 599 are
    similar units such as farms, parks and zones (GB/T 10114 and the rules for division codes).
    """
    if len(code) != 12 or not (code.isascii() and code.isdecimal()):
        return ""
    town, village = code[6:9], code[9:]
    kinds, own = (_VILLAGE_KINDS, village) if village != "000" else (_TOWN_KINDS, town)
    kind = kind_of(name)
    if own != "000" and kind in kinds:
        return kind
    return "similar" if "400" <= own <= "599" else ""


@lru_cache(maxsize=65_536)
def _parted(name: str) -> tuple[str, str]:
    for ending, kind in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            rest = name[: -len(ending)]
            if kind in _VILLAGE_KINDS and len(rest) > 1:
                rest = rest.removesuffix("村")
            return rest, kind
    return name, ""
