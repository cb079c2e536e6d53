"""Numbers as people write them, in whichever unit they have them, turned into an indicator's own.

Exact or refused: nothing is ever rounded on the way in. 万 and 亿 behind a number count in the unit's
plain form: '3.5万' in a cell of 万元 is 3.5 万元, and in a cell of 元 it is 35000 元.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

from sync import quantity
from sync.catalogue import Indicator
from sync.limits import QUANTITY_ABS_MAX
from sync.problems import Problem
from sync.quantity import SCALE

__all__ = ["Reading", "offered", "read", "written"]

_WAN, _YI = 10**4, 10**8
_MONEY = {"元": Fraction(1), "万元": Fraction(_WAN), "亿元": Fraction(_YI)}
_LAND = {"亩": Fraction(1), "公顷": Fraction(15), "平方米": Fraction(3, 2000)}
_WEIGHT = {"公斤": Fraction(1), "斤": Fraction(1, 2), "吨": Fraction(1000)}
_LENGTH = {"米": Fraction(1), "公里": Fraction(1000)}
_FAMILIES: tuple[dict[str, Fraction], ...] = (
    _MONEY,
    _LAND,
    _WEIGHT,
    _LENGTH,
    {"公斤/亩": Fraction(1), "斤/亩": Fraction(1, 2)},
    *({one: Fraction(1), f"万{one}": Fraction(_WAN)} for one in ("人", "户", "人次", "件")),
)
_SCALES = {"万": _WAN, "萬": _WAN, "亿": _YI, "億": _YI}
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<number>\d{1,3}(?:[, \u00a0]\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
    r"\s*(?P<scale>[万萬亿億]?)\s*(?P<unit>[^\d.,\s]*)",
    re.ASCII,
)


class Reading(NamedTuple):
    """What was typed, as a number in the unit it was meant in, and in the indicator's own.

    `units` counts 1/10 000 of the indicator's own unit.
    """

    number: Fraction
    unit: str
    units: int


def offered(indicator: Indicator) -> tuple[str, ...]:
    """The units that a cell offers, the indicator's own first."""
    if indicator.type != "quantity" or not indicator.unit:
        return ()
    family = _family(indicator.unit)
    return (indicator.unit, *(unit for unit in family if unit != indicator.unit))


def read(indicator: Indicator, text: str, unit: str = "") -> Reading:
    """The quantity that the text says; `unit` is the one chosen beside it, '' for the own.

    A unit behind the number goes before the one chosen. Raises `field-number-unread`,
    `quantity-too-large`, `field-unit-unknown`, `field-unit-inexact`.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("，", ",").replace("−", "-")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise Problem("field-number-unread", text=text.strip()[:40])
    meant = _unit_meant(indicator, unit or indicator.unit, found["scale"], found["unit"])
    digits = found["number"].translate(_SEPARATORS).rstrip(".")
    if len(digits) > _DIGITS_MAX:
        raise Problem("quantity-too-large", text=text.strip()[:40])
    number = Fraction(f"0{digits}") * (-1 if found["sign"] == "-" else 1) * meant.times
    units = number * _factor(meant.unit, indicator.unit) * SCALE
    if units.denominator != 1:
        raise Problem("field-unit-inexact", text=text.strip()[:40], own=indicator.unit)
    if abs(units) > QUANTITY_ABS_MAX * SCALE:
        raise Problem("quantity-too-large", text=text.strip()[:40])
    return Reading(number, meant.unit, int(units))


def written(indicator: Indicator, units: int, unit: str) -> str:
    """A quantity as decimal text in another unit, '' where that needs more than four decimals."""
    exact = units / _factor(unit, indicator.unit)
    return quantity.text(int(exact)) if exact.denominator == 1 else ""


_DIGITS_MAX = 40
_SEPARATORS = str.maketrans("", "", ", \u00a0")


class _Meant(NamedTuple):
    unit: str
    times: int


def _unit_meant(indicator: Indicator, chosen: str, scale: str, behind: str) -> _Meant:
    """The unit that the number counts in, and by how much it is to be multiplied."""
    known = {*_family(indicator.unit), indicator.unit}
    if chosen not in known:
        raise Problem("field-unit-unknown", unit=chosen[:20], own=indicator.unit)
    scaled = scale.replace("萬", "万").replace("億", "亿")
    if behind:
        whole = _SIMPLE.get(behind, behind)
        if scaled + whole in known:
            return _Meant(scaled + whole, 1)
        if whole not in known:
            raise Problem("field-unit-unknown", unit=f"{scale}{behind}"[:20], own=indicator.unit)
        return _Meant(whole, _SCALES.get(scale, 1))
    if not scale:
        return _Meant(chosen, 1)
    bare = chosen.lstrip("万亿")
    if scaled + bare in known:
        return _Meant(scaled + bare, 1)
    return _Meant(bare if bare in known else chosen, _SCALES[scale])


_SIMPLE = {"畝": "亩", "公頃": "公顷", "噸": "吨", "戶": "户", "塊": "元", "块": "元"}


def _family(unit: str) -> dict[str, Fraction]:
    return next((family for family in _FAMILIES if unit in family), {unit: Fraction(1)})


def _factor(from_unit: str, to_unit: str) -> Fraction:
    family = _family(to_unit)
    return family[from_unit] / family[to_unit]
