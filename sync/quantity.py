"""Quantities: whole numbers of 1/10 000, from the wire to the sum.

Addition of integers is exact in every order, so totals cannot depend on the order of arrival.
"""

from __future__ import annotations

import re
from fractions import Fraction

from sync.limits import QUANTITY_ABS_MAX
from sync.problems import Problem

SCALE = 10_000
DECIMALS = 4

_DECIMAL_TEXT = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", re.ASCII)


def parse(text: str) -> int:
    """The quantity that decimal text says, in units of 1/10 000.

    Spaces around it and full-width digits are taken as people type them; thousands separators,
    exponents and anything else are refused.
    Raises `quantity-not-a-number`, `quantity-too-fine` (over four decimals) or
    `quantity-too-large` (beyond ±10^12).
    """
    plain = text.strip().translate(_FULL_WIDTH)
    if not _DECIMAL_TEXT.fullmatch(plain):
        raise Problem("quantity-not-a-number", text=text.strip()[:40])
    sign = -1 if plain.startswith("-") else 1
    whole, _, decimals = plain.lstrip("+-").partition(".")
    decimals = decimals.rstrip("0")
    if len(decimals) > DECIMALS:
        raise Problem("quantity-too-fine", text=text.strip()[:40])
    if len(whole.lstrip("0")) > len(str(QUANTITY_ABS_MAX)):
        raise Problem("quantity-too-large", text=text.strip()[:40])
    units = int(whole or "0") * SCALE + int(decimals.ljust(DECIMALS, "0"))
    if units > QUANTITY_ABS_MAX * SCALE:
        raise Problem("quantity-too-large", text=text.strip()[:40])
    return sign * units


def text(units: int) -> str:
    """Decimal text of a quantity, without trailing zeros: 12500 is '1.25'. Inverse of `parse`."""
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), SCALE)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{rest:04d}".rstrip("0")


def rounded(exact: Fraction) -> int:
    """The quantity nearest to an exact number, halves away from zero (as officials round)."""
    scaled = abs(exact) * SCALE
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return units if exact >= 0 else -units


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+")
