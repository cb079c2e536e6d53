"""What a server refused or holds, why, and the way out: the content, filed as one's own."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from field_client.aside import Parked, held_names, parked
from field_client.desk import Desk
from field_client.pages.cell_titles import CellTitle, title_of
from field_client.pages.rendering import AnyRequest, desk_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from sync.entry import typed
from sync.entry.books import book_of
from sync.ledger.aside import State
from sync.period import parse
from sync.problems import Problem
from sync.value import Value

__all__ = ["routes"]

SHOWN_MAX = 200
FILED_AGAIN = frozenset({"value", "note", "explain", "already", "handover", "correction"})
"""What may be filed again as it is; a form is handed in anew from its own page."""


class Item(NamedTuple):
    """One value that is aside, and what stands in its cell now."""

    title: CellTitle
    one: Parked
    now: Value | None
    ours: bool

    @property
    def done(self) -> bool:
        """Whether the same stands in the books already."""
        return self.now == self.one.value

    @property
    def fileable(self) -> bool:
        """Whether a person here can file it as it is."""
        return self.ours and not self.done and self.one.cell.kind in FILED_AGAIN


class Parcel(NamedTuple):
    """What came in one commit, and shares its reason."""

    commit: str
    author: bytes
    why: Problem
    items: tuple[Item, ...]

    @property
    def fileable(self) -> int:
        """How many of its values can be filed here."""
        return sum(item.fileable for item in self.items)


class Filing(msgspec.Struct):
    """Which commit's values, or which one of them, a person files as their own."""

    commit: str
    kind: str = ""
    subject: str = ""
    field: str = ""


@get("/aside", opt={WHO: UNLOCKED})
async def show(request: AnyRequest) -> Response[str]:
    """What is refused, what waits, and what of it is settled."""
    desk = await desk_of(request)
    parcels = await _parcels(desk)
    refused = [one for one in parcels if one.items[0].one.state is State.PARKED]
    open_ones = [one for one in refused if not all(item.done for item in one.items)]
    return await page(
        request,
        "aside.html",
        refused=open_ones[:SHOWN_MAX],
        settled=[one for one in refused if all(item.done for item in one.items)][:SHOWN_MAX],
        held=[one for one in parcels if one.items[0].one.state is State.HELD][:SHOWN_MAX],
        waiting=len(await held_names(desk)),
        may_file=bool(desk.ledger.register.grants_of(desk.person, desk.now())),
        many=len(desk.places()) > 1,
        filed=request.query_params.get("filed", ""),
    )


@post("/aside/file", opt={WHO: UNLOCKED}, status_code=303)
async def file(
    request: AnyRequest,
    data: Annotated[Filing, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Files a refused commit's values, or one of them, in the name of whoever sits here."""
    desk = await desk_of(request)
    filed = 0
    for parcel in await _parcels(desk):
        for item in parcel.items:
            cell = item.one.cell
            wanted = not data.kind or cell == (data.kind, data.subject, data.field)
            if parcel.commit == data.commit and item.fileable and wanted:
                await _file(desk, item)
                filed += 1
    station_of(request).tell_change()
    return Response(None, status_code=303, headers={"location": f"/aside?filed={filed}"})


async def _file(desk: Desk, item: Item) -> None:
    place, cell, value = item.one.place, item.one.cell, item.one.value
    if cell.kind == "value":
        await typed.put(desk, place, parse(cell.subject), cell.field, value)
    else:
        await desk.record(place, [(cell, value)])


async def _parcels(desk: Desk) -> list[Parcel]:
    catalogue = await desk.catalogue()
    found = []
    for (commit, _), together in groupby(await parked(desk), lambda one: (one.commit, one.state)):
        items = [
            Item(
                title_of(desk, catalogue, one.place, one.cell),
                one,
                (await book_of(desk.ledger, one.place)).get(one.cell),
                desk.place in desk.ledger.above(one.place),
            )
            for one in together
        ]
        first = items[0].one
        found.append(Parcel(commit.hex(), first.author, first.why, tuple(items)))
    return found


routes = [show, file]
