"""Filing an adjustment of a total: so much more or less, or what it should come to, and why."""

from __future__ import annotations

from functools import partial
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.shown import shown_in
from server.desk.viewer import Need
from server.exchange.figures import Figures
from server.explaining.adjusted import with_adjustments
from server.explaining.adjustments import Adjusted, adjusted_in
from sync import quantity
from sync.adjusting import Adjustment, adjustment, adjustment_cell, encode, is_adjustable
from sync.catalogue import Catalogue, Indicator
from sync.figure import Result
from sync.ids import EditId, PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period, parse
from sync.problems import Problem
from sync.screens.figures import figure_words

__all__ = ["routes"]


class Base(NamedTuple):
    """A total that may be adjusted, as the books have it; `said` is what is filed there already.

    `others` is what adjustments of places below add; `shown` names the versions of this place's own.
    """

    place: PlaceId
    period: Period
    indicator: Indicator
    reported: int | None
    places: int
    expected: int
    others: int
    said: Adjustment | None
    shown: tuple[EditId, ...]

    @property
    def total(self) -> str:
        """The reported total in 1/10 000, as an adjustment names it."""
        return "" if self.reported is None else str(self.reported)

    @property
    def adjusted(self) -> int:
        """What it comes to now."""
        own = self.said.amount if self.said else 0
        return (self.reported or 0) + self.others + own


class Effect(NamedTuple):
    """What an adjustment does to the total of a place."""

    place: PlaceId
    reported: Result
    before: Result
    after: Result


class Filing(msgspec.Struct):
    """What the page files: the amount as decimal text, why, and what the page showed."""

    amount: str
    reason: str
    total: str = ""
    reported: int = 0
    shown: str = ""


PATH = "/adjust/{place:str}/{period:str}/{indicator:str}"
OPT = {WHO: BY_SESSION, NEED: Need.REVIEW_COUNTY}


@get(PATH, opt=OPT, include_in_schema=False)
async def form(
    request: AnyRequest,
    place: FromPath[str],
    period: FromPath[str],
    indicator: FromPath[str],
    amount: FromQuery[str] = "",
    total: FromQuery[str] = "",
    reason: FromQuery[str] = "",
) -> Response[str]:
    """What to fill in; with an amount, what it does before anything is filed."""
    desk = desk_of(request)
    problem: Problem | None = None
    units: int | None = None
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        base = await _base(books, catalogue, place_in(place), parse(period), indicator)
        try:
            units = _amount(base, amount, total)
            if units is not None:
                encode(Adjustment(units, reason))
        except Problem as found:
            problem, units = found, None
        effects = [] if units is None else await _effects(desk, books, catalogue, base, units)
    return await page(
        request,
        "adjust.html",
        desk=desk,
        base=base,
        place=base.place,
        units=units,
        effects=effects,
        problem=problem,
        asked={"amount": amount, "total": total, "reason": reason},
        plain=quantity.text,
        words=partial(figure_words, indicator=base.indicator, language=desk.language),
    )


@post(PATH, opt=OPT, status_code=303, include_in_schema=False)
async def file(
    request: AnyRequest,
    place: FromPath[str],
    period: FromPath[str],
    indicator: FromPath[str],
    data: Annotated[Filing, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Files it as the person's own; an amount of 0 takes an earlier one back."""
    desk = desk_of(request)
    asked, at = parse(period), place_in(place)
    catalogue = await catalogue_of(desk.ledger)
    _demand_adjustable(catalogue, asked, indicator)
    said = Adjustment(quantity.parse(data.amount), data.reason.strip(), data.total, data.reported)
    shown = shown_in(data.shown, request.url.path)
    value = encode(said)
    if adjustment(value) != said:  # what the page hands back was meddled with
        raise Problem("page-request", path=request.url.path[:80])
    cell = adjustment_cell(asked.text, indicator)
    await desk.act([Act(at, Need.REVIEW_COUNTY, [Write(cell, value, shown)])])
    location = f"/explain/{at.hex()}/{asked.text}/{indicator}#adjustments"
    return Response(None, status_code=303, headers={"location": location})


def _demand_adjustable(catalogue: Catalogue, period: Period, code: str) -> Indicator:
    if code not in catalogue.indicators:
        raise Problem("indicator-unknown", code=code[:40])
    found = catalogue.indicators[code]
    if not is_adjustable(found, period):
        raise Problem("adjustment-not-here", code=code, period=period.text)
    return found


async def _base(
    books: Ledger, catalogue: Catalogue, place: PlaceId, period: Period, code: str
) -> Base:
    indicator = _demand_adjustable(catalogue, period, code)
    figures = Figures(books, catalogue, [code], None)
    await figures.load([place], period)
    row = figures.row(place, period.text, code)
    there = row if row and row.reported > 0 else None
    cell = adjustment_cell(period.text, code)
    standing = (await books.standing(place, [cell[:2]])).get(cell)
    versions = standing.versions if standing else ()
    said = adjustment(versions[0].value) if versions else None
    added = await adjusted_in(books, catalogue, [place], [period.text], [code])
    summed = added.get((place, period.text, code), Adjusted()).amount
    return Base(
        place=place,
        period=period,
        indicator=indicator,
        reported=there.total if there else None,
        places=there.reported if there else 0,
        expected=books.tree.count(place, indicator.level, period.end),
        others=summed - (said.amount if said else 0),
        said=said,
        shown=tuple(version.edit(place, cell) for version in versions),
    )


def _amount(base: Base, amount: str, total: str) -> int | None:
    """The amount that was typed, or that leads to the total that was. Raises `adjustment-amount`,
    `quantity-…`.
    """
    if amount.strip() and total.strip():
        raise Problem("adjustment-amount")
    if amount.strip():
        return quantity.parse(amount)
    if not total.strip():
        return None
    return quantity.parse(total) - (base.reported or 0) - base.others


async def _effects(
    desk: Desk, books: Ledger, catalogue: Catalogue, base: Base, units: int
) -> list[Effect]:
    """On the place and on all above it that the person sees, the place first."""
    code, period = base.indicator.code, base.period
    above = [base.place, *books.tree.ancestors(base.place, period.end)]
    seen = [one for one in above if desk.viewer.sees(one)]
    figures = Figures(books, catalogue, [code], None)
    await figures.load(seen, period)
    added = await adjusted_in(books, catalogue, seen, [period.text], [code])
    change = units - (base.said.amount if base.said else 0)
    found = []
    for one in seen:
        now = added.get((one, period.text, code), Adjusted())
        then = Adjusted(now.amount + change, 1)
        before = with_adjustments(figures, one, period, code, {(period.text, code): now})
        after = with_adjustments(figures, one, period, code, {(period.text, code): then})
        had = before.adjusted.value if now.number else before.reported.value
        found.append(Effect(one, before.reported.value, had, after.adjusted.value))
    return found


routes = [form, file]
