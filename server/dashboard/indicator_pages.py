"""The indicators: all in a list that can be searched, and each by itself."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from server.catalogue.keeping import catalogue_of
from server.dashboard.board_view import level_words
from server.dashboard.defining import asked_by, formula_words, history, rule_words, used_by
from server.dashboard.editions import editions_of
from server.dashboard.parts import parts_of
from server.dashboard.picking import indicators_like, latest, periods_with_data
from server.dashboard.showing import Shown, shown
from server.dashboard.topics import by_topic, key_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.exchange.figures import Figures
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.problems import Problem

__all__ = ["routes"]

_ROOTS_MAX = 20


@get("/indicators", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def listed(request: AnyRequest, q: FromQuery[str] = "") -> Response[str]:
    """Those whose code or name holds what was typed, by topic."""
    desk = desk_of(request)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
    found = indicators_like(catalogue, q, desk.language)
    return await page(
        request,
        "indicators.html",
        q=q.strip(),
        topics=by_topic(found),
        count=len(found),
        level=lambda one: level_words(one.level, desk.language),
    )


@get("/indicator/{code:str}", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def show(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """One of them. Raises `indicator-unknown`."""
    desk = desk_of(request)
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        if code not in catalogue.indicators:
            raise Problem("indicator-unknown", code=code[:40])
        one = catalogue.indicators[code]
        steps = history(await editions_of(books, code))
        figures = [
            (place, *await _figure(desk, books, catalogue, place, one)) for place in _roots(desk)
        ]
    return await page(
        request,
        "indicator.html",
        desk=desk,
        indicator=one,
        topic=key_of(code[0]),
        level=level_words(one.level, desk.language),
        formula=formula_words(catalogue, one.formula, desk.language),
        rule=rule_words(one, desk.language),
        steps=steps,
        forms=asked_by(catalogue, code),
        used=used_by(catalogue, code),
        parts=[catalogue.indicators[part] for part in parts_of(catalogue, code)],
        figures=figures,
    )


def _roots(desk: Desk) -> list[PlaceId]:
    """The topmost places that the person sees; of the realm, what lies right below it."""
    tree, today = desk.ledger.tree, desk.today
    found: list[PlaceId] = []
    for one in desk.viewer.roots():
        found += tree.children(None, today) if one == desk.ledger.root else [one]
    return found[:_ROOTS_MAX]


async def _figure(
    desk: Desk, books: Ledger, catalogue: Catalogue, place: PlaceId, one: Indicator
) -> tuple[Period, Shown]:
    held = await periods_with_data(books, place)
    period = await latest(books, catalogue, place, one, held)
    figures = Figures(books, catalogue, [one.code], None)
    await figures.load([place], period)
    row = next(iter(figures.of(place, period)), None)
    level = books.tree.level(place, period.end)
    return period, shown(row, one, level, period, desk.language)


routes = [listed, show]
