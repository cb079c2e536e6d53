"""What a page is asked for: a place, a period and an indicator, with what is likely where none is named."""

from __future__ import annotations

from typing import NamedTuple

from server.desk.access import place_in
from server.desk.desk import Desk
from server.rollup.reach import series_read
from sync import period as periods
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, containing
from sync.placecontext import period_of
from sync.problems import Problem
from sync.texts import Language

__all__ = [
    "FIRST_CHOICES",
    "Picked",
    "indicator_of",
    "indicators_like",
    "kind_of",
    "latest",
    "periods_with_data",
    "picked",
    "place_of",
]

FIRST_CHOICES = ("B501", "B001", "A004")
"""Of these the first that there is, is shown to whoever named none."""
_PERIODS_LOOKED_AT = 40


class Picked(NamedTuple):
    """What is to be shown; `periods` are those with anything of the place, the latest first."""

    place: PlaceId
    period: Period
    indicator: Indicator
    periods: tuple[Period, ...]


async def picked(
    desk: Desk, books: Ledger, catalogue: Catalogue, place: str, period: str, code: str
) -> Picked:
    """By the texts of an address, any of which may be ''.

    Raises `place-unknown`, `period-malformed`, `indicator-unknown`.
    """
    at = place_of(desk, books, place)
    indicator = indicator_of(catalogue, code)
    held = await periods_with_data(books, at)
    if period:
        asked = periods.parse(period.strip())
    else:
        asked = await latest(books, catalogue, at, indicator, held)
    return Picked(at, asked, indicator, held)


def place_of(desk: Desk, books: Ledger, text: str) -> PlaceId:
    """The place that is named, else the first that the person sees; of the realm, its top place."""
    at = place_in(text) if text else desk.viewer.roots()[0]
    if at == books.root:
        return next(iter(books.tree.children(None, books.today())), at)
    return at


async def periods_with_data(books: Ledger, place: PlaceId) -> tuple[Period, ...]:
    """The periods for which anything was filed at the place or below, the latest first.

    Each costs one seek, however much was filed for it.
    """
    rows = await books.database.rows(
        "WITH RECURSIVE here(no) AS (SELECT no FROM place_no WHERE id = ?), held(period) AS ("
        " SELECT min(period) FROM rollup WHERE place = (SELECT no FROM here)"
        " UNION ALL SELECT (SELECT min(r.period) FROM rollup r WHERE r.place ="
        " (SELECT no FROM here) AND r.period > held.period) FROM held WHERE period IS NOT NULL)"
        " SELECT period FROM held WHERE period IS NOT NULL",
        (place,),
    )
    found = (period_of(text) for (text,) in rows)
    return tuple(sorted(filter(None, found), key=lambda one: (one.end, one.start), reverse=True))


async def latest(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    indicator: Indicator,
    held: tuple[Period, ...],
) -> Period:
    """The last period of the indicator's kind for which any of what it is made of was filed; of what
    is filed on change, this year.
    """
    kind = kind_of(indicator)
    if indicator.period is Kind.STATIC:
        return containing(books.today(), kind)
    likely = [one for one in held if one.kind is kind][:_PERIODS_LOOKED_AT]
    if not likely:
        return containing(books.today(), kind).previous()
    series = series_read(catalogue, [indicator.code])
    rows = await books.database.rows_in(
        "SELECT r.period FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN rollup r"
        " ON r.place = p.no AND r.period = k.column2 AND r.series = k.column3",
        [(place, one.text, name) for one in likely for name in series],
    )
    texts = {text for (text,) in rows}
    return next((one for one in likely if one.text in texts), likely[0])


def kind_of(indicator: Indicator) -> Kind:
    """The kind of period by which it is shown; what is filed on change, by years."""
    return Kind.YEAR if indicator.period is Kind.STATIC else indicator.period


def indicators_like(catalogue: Catalogue, text: str, language: Language) -> list[Indicator]:
    """Those whose code or name holds the text, or all; in the order of their codes."""
    wanted = text.strip().casefold()
    return [
        one
        for code, one in sorted(catalogue.indicators.items())
        if wanted in code.casefold() or wanted in one.name.say(language).casefold()
    ]


def indicator_of(catalogue: Catalogue, text: str) -> Indicator:
    """By its code, which a name may follow, or by a name that only one has; for '' a likely one.

    Raises `indicator-unknown`, `indicators-none`.
    """
    if not text.strip():
        codes = (code for code in FIRST_CHOICES if code in catalogue.indicators)
        first = next(codes, next(iter(sorted(catalogue.indicators)), ""))
        if not first:
            raise Problem("indicators-none")
        return catalogue.indicators[first]
    code = text.split(maxsplit=1)[0]
    for known in (code, code.upper()):
        if known in catalogue.indicators:
            return catalogue.indicators[known]
    named = [
        one
        for one in catalogue.indicators.values()
        if text.strip() in (one.name.zh_hans, one.name.zh_hant, one.name.en)
    ]
    if len(named) != 1:
        raise Problem("indicator-unknown", code=text[:40])
    return named[0]
