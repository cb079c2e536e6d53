"""'My village': own figures over time, and the sheet of one page that is printed from them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from field_client.desk import Desk
from field_client.onepage import one_page
from field_client.pages.cell_titles import own_place
from field_client.pages.rendering import AnyRequest, desk_of, language_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from field_client.pages.village_view import topics
from field_client.trend import trends
from sync.entry.already import say_already
from sync.entry.books import book_of
from sync.ids import PlaceId
from sync.limits import TEXT_CHARS_MAX
from sync.period import parse
from sync.screens.figures import figure_words
from sync.screens.trend import HEIGHT, WIDTH

__all__ = ["routes"]


class Telling(msgspec.Struct):
    """To whom a figure was reported before; '' takes it back."""

    place: str
    period: str
    code: str
    whom: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""


@get("/village", opt={WHO: UNLOCKED})
async def own(request: AnyRequest) -> Response[str]:
    """The laptop's own place."""
    desk = await desk_of(request)
    return await _village(request, desk, desk.place)


@get("/village/{code:str}", opt={WHO: UNLOCKED})
async def one(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """Another place that this laptop files for."""
    desk = await desk_of(request)
    return await _village(request, desk, desk.find_place(code))


@get("/village/{code:str}/sheet", opt={WHO: UNLOCKED})
async def sheet(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """The chief figures on one page, for print."""
    desk = await desk_of(request)
    place = desk.find_place(code)
    language = language_of(request)
    lines = await one_page(desk, place)
    return await page(
        request,
        "onepage.html",
        place=place,
        above=_above(desk, place),
        today=desk.today(),
        lines=[(one, figure_words(one.figure, one.indicator, language)) for one in lines],
    )


@post("/village/already", opt={WHO: UNLOCKED}, status_code=303)
async def already(
    request: AnyRequest,
    data: Annotated[Telling, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """'I have reported this already': kept as a word to whoever asks for it again."""
    desk = await desk_of(request)
    place = own_place(desk, data.place)
    await say_already(desk, place, parse(data.period), data.code, data.whom)
    station_of(request).tell_change()
    back = f"/village/{desk.code(place)}?told={quote(data.code)}#i-{quote(data.code)}"
    return Response(None, status_code=303, headers={"location": back})


async def _village(request: AnyRequest, desk: Desk, place: PlaceId) -> Response[str]:
    book = await book_of(desk.ledger, place)
    return await page(
        request,
        "village.html",
        place=place,
        code=desk.code(place),
        topics=topics(await trends(desk, place), book, language_of(request)),
        many=len(desk.places()) > 1,
        told=request.query_params.get("told", ""),
        width=WIDTH,
        height=HEIGHT,
    )


def _above(desk: Desk, place: PlaceId) -> str:
    """The names of the places above, the highest first."""
    today, tree = desk.today(), desk.ledger.tree
    names = [tree.name(one, today) for one in tree.ancestors(place, today)]
    return " ".join(reversed([name for name in names if name]))


routes = [own, one, sheet, already]
