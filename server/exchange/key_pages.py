"""Keys of other systems: made for a place and a purpose, shown once, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.choosing import day_in, place_of, places_to_choose
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.exchange import keys
from server.exchange.keys import Key, Right
from server.prefill.owners import owners_of
from sync.problems import Problem

__all__ = ["routes"]

OPTIONS: Mapping[str, Any] = {WHO: BY_SESSION, NEED: Need.ADMINISTER}
_YEAR = timedelta(days=365)


class NewKey(msgspec.Struct):
    """The form in which a key is asked for."""

    name: str = ""
    at: str = ""
    code: str = ""
    values: str = ""
    totals: str = ""
    prefills: str = ""
    monitoring: str = ""
    owner: str = ""
    until: str = ""

    @property
    def rights(self) -> set[Right]:
        """What is ticked."""
        ticked = {Right.VALUES: self.values, Right.TOTALS: self.totals}
        ticked |= {Right.PREFILLS: self.prefills, Right.MONITORING: self.monitoring}
        return {right for right, is_ticked in ticked.items() if is_ticked}


@get("/admin/keys", opt=OPTIONS, include_in_schema=False)
async def keys_page(request: AnyRequest) -> Response[str]:
    """The keys, and the form for another one."""
    desk = desk_of(request)
    until = (desk.today + _YEAR).isoformat()
    return await _page(request, NewKey(totals="1", until=until))


@post("/admin/keys", opt=OPTIONS, status_code=200, include_in_schema=False)
async def make_key(
    request: AnyRequest,
    data: Annotated[NewKey, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str]:
    """Makes a key and shows it, this once."""
    desk = desk_of(request)
    try:
        secret = await keys.make(
            desk.ledger,
            desk.station.random_bytes,
            name=data.name,
            place=place_of(desk, Need.ADMINISTER, data.at, data.code),
            rights=data.rights,
            owner=data.owner if data.prefills else "",
            until=day_in(data.until),
            made_by=desk.viewer.person,
        )
    except Problem as problem:
        if problem.code == "not-allowed":
            raise
        return await _page(request, data, problem)
    return await page(request, "exchange-key-made.html", name=data.name.strip(), secret=secret)


@post("/admin/keys/{key:str}/end", opt=OPTIONS, status_code=303, include_in_schema=False)
async def end_key(request: AnyRequest, key: FromPath[str]) -> Response[None]:
    """Ends a key."""
    desk = desk_of(request)
    async with desk.reading() as books:
        found = [one for one in await keys.every(books.database) if one.id == key]
    for one in found:
        desk.viewer.demand(Need.ADMINISTER, one.place)
        await keys.end(desk.ledger, one.id)
    return Response(None, status_code=303, headers={"location": "/admin/keys"})


async def _page(
    request: AnyRequest, typed: NewKey, problem: Problem | None = None
) -> Response[str]:
    desk = desk_of(request)
    async with desk.reading() as books:
        every = await keys.every(books.database)
        catalogue = await catalogue_of(books)
    reached = [_shown(desk, one) for one in every if desk.viewer.may(Need.ADMINISTER, one.place)]
    return await page(
        request,
        "exchange-keys.html",
        keys=reached,
        places=places_to_choose(desk, Need.ADMINISTER),
        owners=owners_of(catalogue),
        typed=typed,
        today_text=desk.today.isoformat(),
        problem=problem,
    )


def _shown(desk: Desk, key: Key) -> dict[str, Any]:
    rights = [right for right in Right if right in key.rights and right != Right.DEFINITIONS]
    return {
        **key._asdict(),
        "rights": rights,
        "until": None if key.until == date.max else key.until,
        "where": "" if key.place == desk.ledger.root else desk.name(key.place),
        "is_good": key.is_good(desk.today),
        "is_over": key.ended_at is None and not key.is_good(desk.today),
        "by": desk.ledger.register.names.get(key.made_by.hex(), ""),
    }


routes = [keys_page, make_key, end_key]
