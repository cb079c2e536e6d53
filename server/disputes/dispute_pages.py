"""Conflicts in a person's sight: the list, one of them in full, and the two ways out of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.shown import shown_in
from server.desk.viewer import Need
from server.disputes import settling
from server.disputes.cases import FIRST, Case, Key, case_at, cases
from server.disputes.effect import Effect, effects
from server.disputes.naming import Title, title_of
from server.disputes.origins import Origin, origin_of
from server.explaining.cell import CellStory, story
from sync.history import Version
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX
from sync.placecontext import period_of
from sync.problems import Problem
from sync.review import Return, returned
from sync.screens.figures import figure_words
from sync.value import Cell, Type

__all__ = ["routes"]

PAGE_CASES = 20


class Whole(NamedTuple):
    """One conflict with all that helps to decide it."""

    case: Case
    title: Title
    origin: Origin
    effects: list[Effect]
    story: CellStory | None
    ways: settling.Ways


class Choice(msgspec.Struct):
    """Which cell, which version, and the versions that the page showed."""

    kind: str
    subject: str
    field: str
    chosen: str
    shown: str

    @property
    def cell(self) -> Cell:
        """The cell."""
        return Cell(self.kind, self.subject, self.field)


class Question(msgspec.Struct):
    """Which cell, what is asked of whoever filed it, and the words that the page showed there."""

    kind: str
    subject: str
    field: str
    words: str
    seen: str = ""

    @property
    def cell(self) -> Cell:
        """The cell."""
        return Cell(self.kind, self.subject, self.field)


SEEN = {WHO: BY_SESSION, NEED: Need.SEE}
Form = RequestEncodingType.URL_ENCODED


@get("/disputes", opt=SEEN, include_in_schema=False)
async def show(
    request: AnyRequest,
    place: FromQuery[str] = "",
    period: FromQuery[str] = "",
    after: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """The conflicts at and below a place, or wherever the person sees, by the places' codes."""
    desk = desk_of(request)
    within = place_in(place) if place else None
    roots = {within} if within else set(desk.viewer.roots())

    def wanted(one: PlaceId) -> bool:
        return not roots.isdisjoint(desk.ledger.above(one))

    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        found = await cases(books, wanted, PAGE_CASES, _key(after), period=period.strip())
    titles = [title_of(catalogue, case.cell, desk.language) for case in found.cases]
    narrowed = {"place": place, "period": period.strip()}
    return await page(
        request,
        "disputes.html",
        desk=desk,
        pairs=list(zip(found.cases, titles, strict=True)),
        places=found.places,
        place=within,
        period=period.strip(),
        after="\n".join(found.after) if found.after else "",
        query=urlencode({key: text for key, text in narrowed.items() if text}),
        done=done if done in {"settled", "asked"} else "",
        query_of=_query,
    )


@get("/disputes/{place:str}/case", opt=SEEN, include_in_schema=False)
async def one(
    request: AnyRequest,
    place: FromPath[str],
    kind: FromQuery[str] = "value",
    subject: FromQuery[str] = "",
    field: FromQuery[str] = "",
) -> Response[str]:
    """One of them: the values, where they come from, and what each choice would do above."""
    desk = desk_of(request)
    cell = Cell(kind, subject, field)
    async with desk.reading() as books:
        found = await _whole(desk, books, place_in(place), cell)
    indicator = found.title.indicator
    return await page(
        request,
        "dispute.html",
        desk=desk,
        one=found,
        place=found.case.place,
        cell=cell,
        shown=" ".join(side.name.hex() for side in found.case.sides),
        seen=" ".join(sorted(name.hex() for name in found.ways.names(found.case.place))),
        returned=[back for one in found.ways.said.items() if (back := _returned(*one))],
        words=partial(figure_words, indicator=indicator, language=desk.language)
        if indicator
        else None,
        apart=_apart(found.case),
    )


@post("/disputes/{place:str}/settle", opt=SEEN, status_code=303, include_in_schema=False)
async def settle(
    request: AnyRequest, place: FromPath[str], data: Annotated[Choice, Body(media_type=Form)]
) -> Response[None]:
    """Chooses a value: it is filed again by whoever chose. Raises `dispute-gone`, `not-allowed`."""
    desk = desk_of(request)
    path = request.url.path
    chosen, shown = shown_in(data.chosen, path), shown_in(data.shown, path)
    case, ways = await _case(desk, place_in(place), data.cell)
    if len(chosen) != 1:
        raise Problem("page-request", path=path[:80])
    await desk.act([settling.settled(case, ways, chosen[0], shown)])
    return Response(None, status_code=303, headers={"location": "/disputes?done=settled"})


@post("/disputes/{place:str}/ask", opt=SEEN, status_code=303, include_in_schema=False)
async def ask(
    request: AnyRequest, place: FromPath[str], data: Annotated[Question, Body(media_type=Form)]
) -> Response[None]:
    """Sends it back to whoever filed it, with words; it stays in dispute until they settle it."""
    desk = desk_of(request)
    case, ways = await _case(desk, place_in(place), data.cell)
    seen = shown_in(data.seen, request.url.path)
    await desk.act([settling.asked(case, ways, data.words, seen)])
    return Response(None, status_code=303, headers={"location": "/disputes?done=asked"})


async def _case(desk: Desk, place: PlaceId, cell: Cell) -> tuple[Case, settling.Ways]:
    async with desk.reading() as books:
        catalogue = await catalogue_of(books)
        case = await case_at(books, place, cell)
        if case is None:
            raise Problem("dispute-gone")
        return case, await settling.ways(books, desk.viewer, catalogue, case)


async def _whole(desk: Desk, books: Ledger, place: PlaceId, cell: Cell) -> Whole:
    catalogue = await catalogue_of(books)
    case = await case_at(books, place, cell)
    if case is None:
        raise Problem("dispute-gone")
    period = period_of(cell.subject)
    above: list[Effect] = []
    if cell.kind == "value" and period is not None and cell.field in catalogue.indicators:
        values = [side.version.value for side in case.sides]
        above = [
            one
            for one in await effects(books, catalogue, place, period, cell.field, values)
            if desk.viewer.sees(one.place)
        ]
    return Whole(
        case,
        title_of(catalogue, cell, desk.language),
        await origin_of(books, case),
        above,
        await story(books, catalogue, place, cell),
        await settling.ways(books, desk.viewer, catalogue, case),
    )


def _returned(cell: Cell, there: tuple[Version, ...]) -> tuple[Return, Version] | None:
    """What a cell says of the value having come back, and who said so."""
    said = returned(there[0].value) if cell.kind == "review" else None
    return (said, there[0]) if said is not None and said.words else None


def _apart(case: Case) -> int | None:
    """How far the outermost quantities are apart."""
    values = [side.version.value for side in case.sides]
    if any(value.type is not Type.QUANTITY for value in values):
        return None
    return max(value.number for value in values) - min(value.number for value in values)


def _key(text: str) -> Key:
    parts = text.split("\n")
    if len(parts) != len(FIRST) or any(len(part) > NAME_CHARS_MAX for part in parts):
        return FIRST
    code, place, kind, subject, field = parts
    return code, place, kind, subject, field


def _query(case: Case) -> str:
    return urlencode(case.cell._asdict())


routes = [show, one, settle, ask]
